import { lstat } from 'node:fs/promises'
import { readJsonLines } from './json-lines'

/** No look takes longer than this many bytes do; what is beyond them is read at the next one. */
const mostBytesALook = 1 << 30

/** Follows a file of JSON lines while it is written: each look reads what is new. */
export class FollowedLines {
  private bytes = 0
  private inode: number | undefined

  constructor(private readonly file: string) {}

  /** Looks once; `onNew` is called first where the file is another one than before, or was cut. */
  async read(onLine: (value: unknown) => void, onNew: () => void): Promise<void> {
    const found = await lstat(this.file).catch(() => undefined)
    // A run that goes on from a checkpoint begins a new file, with the lines up to there.
    if (found?.ino !== this.inode || (found?.size ?? 0) < this.bytes) {
      this.bytes = 0
      this.inode = found?.ino
      onNew()
    }
    if (found === undefined || found.size === this.bytes) return
    const read = await readJsonLines(this.file, onLine, this.bytes, mostBytesALook)
    this.bytes = read.bytes
  }
}
