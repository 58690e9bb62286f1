import { realpathSync, type Stats } from 'node:fs'
import { join } from 'node:path'
import { sha256 } from '../key/key'
import { type Known, KnownFiles, readIndex, type Whose, writeIndex } from './index-file'

/** Linux stamps files with a clock that ticks every 1 to 10 ms. */
const clockTick = 20
/** File systems that keep whole seconds (or, FAT, every second one). */
const coarseTick = 2100

/**
 * Remembers the digests of files that were hashed, one small file for each folder, so that a second
 * verification costs a stat of each file. A file whose inode, size, mtime and ctime are as they were has the
 * bytes that it had: ctime cannot be set back by a program. It trusts nothing else: an entry of a file that
 * changed less than a tick of the clock before it was hashed is not kept, and an index that is torn, foreign or
 * unreadable counts as empty. Writers replace it whole, so that any of several is right.
 */
export class IntegrityIndex {
  constructor(readonly folder: string) {}

  /** What is known about the files of `directory`, which must exist. */
  open(directory: string, device: number): FolderIndex {
    const path = realpathSync(directory)
    const file = join(this.folder, `${sha256(path).slice(0, 32)}.idx`)
    return new FolderIndex(file, { directory: path, device })
  }
}

/** The index of one folder. */
export class FolderIndex {
  readonly #known: KnownFiles
  readonly #learned = new Map<string, Known>()

  constructor(
    readonly file: string,
    readonly whose: Whose,
  ) {
    this.#known = readIndex(file, whose)
  }

  /** The digest of a file that is as it was when it was hashed. */
  digest(path: string, { dev, ino, size, mtimeMs, ctimeMs }: Stats): string | undefined {
    return dev === this.whose.device ? this.#known.digest(path, ino, size, mtimeMs, ctimeMs) : undefined
  }

  /** Notes a digest. `stats` were taken before the hashing, which began at `hashed` (ms since the epoch). */
  learn(path: string, stats: Stats, digest: string, hashed: number): void {
    if (stats.dev !== this.whose.device || !isSettled(stats, hashed)) return
    const { ino, size, mtimeMs, ctimeMs } = stats
    this.#learned.set(path, { ino, bytes: size, mtimeMs, ctimeMs, sha256: digest })
  }

  /** Writes what is known about `paths`, the files that the folder now has. */
  async save(paths: Iterable<string>): Promise<void> {
    if (this.#learned.size === 0) return
    const files = new Map<string, Known>()
    for (const path of paths) {
      const known = this.#learned.get(path) ?? this.#known.get(path)
      if (known) files.set(path, known)
    }
    await writeIndex(this.file, this.whose, KnownFiles.of(files))
  }
}

/** Whether a change after `now` would surely give the file another ctime than the one it has. */
export function isSettled(stats: Stats, now: number): boolean {
  const tick = stats.ctimeMs % 1000 === 0 ? coarseTick : clockTick
  return stats.ctimeMs < now - tick
}
