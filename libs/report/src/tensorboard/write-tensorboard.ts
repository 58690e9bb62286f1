import { type FileHandle, mkdir, open } from 'node:fs/promises'
import { join } from 'node:path'
import { readRun } from '../run/read-run'
import { readJsonLines } from '../series/json-lines'
import { scalarRecord, versionRecord } from './event-record'

const flushBytes = 1 << 20
const plainName = /[^\w.-]+/g

/**
 * Writes a training's metrics.jsonl as TensorBoard event files: a folder for the run and, in it, one for each split,
 * which TensorBoard lays over each other. Every point is written, and equal runs give equal files.
 *
 * @returns the run's folder, for `tensorboard --logdir`
 * @throws UserError when there is no run in `directory`
 */
export async function writeTensorBoard(directory: string, logDirectory: string): Promise<string> {
  const { provenance } = await readRun(directory)
  const started = new Date(provenance.started ?? '').getTime() / 1000 || 0
  const name = `${provenance.project}-${provenance.configuration}-${provenance.id}`.replace(plainName, '_')
  const folder = join(logDirectory, name)
  const files = new Map<string, EventFile>()
  await readJsonLines(join(directory, 'metrics.jsonl'), (line) => {
    const record = line as { step?: unknown; split?: unknown; values?: unknown; seconds?: unknown } | null
    if (typeof record !== 'object' || record === null || typeof record.step !== 'number') return
    const split = typeof record.split === 'string' ? record.split.replace(plainName, '_') : 'train'
    const values = Object.entries(record.values ?? {}).filter(
      (entry): entry is [string, number] => typeof entry[1] === 'number',
    )
    const file =
      files.get(split) ?? new EventFile(join(folder, split === '' || split === '..' ? '_' : split), started)
    files.set(split, file)
    const seconds = typeof record.seconds === 'number' ? record.seconds : 0
    file.add(scalarRecord({ wallTime: started + seconds, step: record.step, values }))
  })
  await mkdir(folder, { recursive: true })
  for (const file of files.values()) await file.write()
  return folder
}

/** One event file, gathered in pieces of about a megabyte. */
class EventFile {
  private readonly pieces: Buffer[] = []
  private pending: Buffer[] = []
  private size = 0

  constructor(
    private readonly folder: string,
    private readonly started: number,
  ) {
    this.add(versionRecord(started))
  }

  add(record: Buffer): void {
    this.pending.push(record)
    this.size += record.length
    if (this.size < flushBytes) return
    // Many small buffers cost far more memory than their bytes.
    this.pieces.push(Buffer.concat(this.pending))
    this.pending = []
    this.size = 0
  }

  async write(): Promise<void> {
    await mkdir(this.folder, { recursive: true })
    // TensorBoard reads files whose names hold "tfevents", in the order of their names.
    const file: FileHandle = await open(
      join(this.folder, `events.out.tfevents.${Math.floor(this.started)}`),
      'w',
    )
    try {
      for (const piece of [...this.pieces, ...this.pending]) await file.write(piece)
    } finally {
      await file.close()
    }
  }
}
