import { appendFile, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { type ScalarEvent, scalarRecord, startRecord, versionRecord } from './event-record'

const pieceBytes = 1 << 20

/** The event file of one split. */
export class EventFile {
  private readonly pieces: Buffer[] = []
  private records: Buffer[] = []
  private size = 0
  private begun = false

  /** @param started seconds since the epoch */
  constructor(
    private readonly folder: string,
    private readonly started: number,
  ) {}

  add(event: ScalarEvent): void {
    if (!this.begun) this.records.push(versionRecord(this.started), startRecord(this.started, event.step))
    this.begun = true
    const record = scalarRecord(event)
    this.records.push(record)
    this.size += record.length
    // Many small buffers cost far more memory than their bytes.
    if (this.size >= pieceBytes) this.join()
  }

  /** Appends what was added since the last time. */
  async write(): Promise<void> {
    this.join()
    await mkdir(this.folder, { recursive: true })
    // TensorBoard reads files whose names hold "tfevents", in the order of their names.
    const path = join(this.folder, `events.out.tfevents.${Math.floor(this.started)}`)
    for (const piece of this.pieces.splice(0)) await appendFile(path, piece)
  }

  private join(): void {
    if (this.records.length > 0) this.pieces.push(Buffer.concat(this.records))
    this.records = []
    this.size = 0
  }
}
