import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { EventFile } from './event-file'
import { splitEvent } from './metric-line'

/** The event files of one run: a folder for it and, in it, one for each split, which TensorBoard lays over each other. */
export class EventFiles {
  private readonly files = new Map<string, EventFile>()
  private old = true

  /** @param started seconds since the epoch */
  constructor(
    readonly folder: string,
    private readonly started: number,
  ) {}

  /** Takes a line of metrics.jsonl; what is no number, and what is no such line, is passed over. */
  add(line: unknown): void {
    const read = splitEvent(line, this.started)
    if (read === undefined) return
    const file = this.files.get(read.split) ?? new EventFile(join(this.folder, read.split), this.started)
    file.add(read.event)
    this.files.set(read.split, file)
  }

  /** Writes what was added; the first time in the place of whatever an earlier run of this name left. */
  async write(): Promise<void> {
    if (this.old) await rm(this.folder, { recursive: true, force: true })
    this.old = false
    for (const file of this.files.values()) await file.write()
  }
}
