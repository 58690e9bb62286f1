import { randomBytes } from 'node:crypto'
import { readFileSync, type Stats } from 'node:fs'
import { realpath, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { sha256 } from '../key/key'
import { accessOf, ensureFolder } from '../protocol/access'

/** Inode, size, mtime and ctime when the file was hashed, and what came out. */
type Known = [ino: number, bytes: number, mtimeMs: number, ctimeMs: number, sha256: string]

interface Header {
  version: 1
  directory: string
  device: number
  /** SHA-256 of the second line, which holds the files. */
  checksum: string
}

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
  async open(directory: string, device: number): Promise<FolderIndex> {
    const path = await realpath(directory)
    const file = join(this.folder, `${sha256(path).slice(0, 32)}.idx`)
    return new FolderIndex(file, path, device)
  }
}

/** The index of one folder. */
export class FolderIndex {
  readonly #known: { [path: string]: Known }
  readonly #device: number
  readonly #learned = new Map<string, Known>()

  constructor(
    readonly file: string,
    readonly directory: string,
    device: number,
  ) {
    this.#known = readIndex(file, directory, device)
    this.#device = device
  }

  /** The digest of a file that is as it was when it was hashed. */
  digest(path: string, stats: Stats): string | undefined {
    const known = this.#known[path]
    if (!Array.isArray(known)) return undefined
    const [ino, bytes, mtimeMs, ctimeMs, digest] = known
    if (ino !== stats.ino || bytes !== stats.size || stats.dev !== this.#device) return undefined
    return mtimeMs === stats.mtimeMs && ctimeMs === stats.ctimeMs ? digest : undefined
  }

  /** Notes a digest. `stats` were taken before the hashing, which began at `hashed` (ms since the epoch). */
  learn(path: string, stats: Stats, digest: string, hashed: number): void {
    if (stats.dev !== this.#device || !isSettled(stats, hashed)) return
    this.#learned.set(path, [stats.ino, stats.size, stats.mtimeMs, stats.ctimeMs, digest])
  }

  /** Writes what is known about `paths`, the files that the folder now has. */
  async save(paths: Iterable<string>): Promise<void> {
    if (this.#learned.size === 0) return
    const body: { [path: string]: Known } = Object.create(null)
    for (const path of paths) {
      const known = this.#learned.get(path) ?? this.#known[path]
      if (Array.isArray(known)) body[path] = known
    }
    await writeIndex(this.file, this.directory, this.#device, body)
  }
}

/** Whether a change after `now` would surely give the file another ctime than the one it has. */
export function isSettled(stats: Stats, now: number): boolean {
  const tick = stats.ctimeMs % 1000 === 0 ? coarseTick : clockTick
  return stats.ctimeMs < now - tick
}

function readIndex(file: string, directory: string, device: number): { [path: string]: Known } {
  try {
    const [first = '', second = ''] = readFileSync(file, 'utf8').split('\n')
    const header = JSON.parse(first) as Header
    const ours = header.version === 1 && header.directory === directory && header.device === device
    return ours && header.checksum === sha256(second) ? JSON.parse(second) : {}
  } catch {
    // Whatever is wrong with it: it is a cache, and hashing again is always right.
    return {}
  }
}

async function writeIndex(file: string, directory: string, device: number, body: object): Promise<void> {
  const second = JSON.stringify(body)
  const header: Header = { version: 1, directory, device, checksum: sha256(second) }
  const incoming = `${file}.${randomBytes(4).toString('hex')}`
  try {
    await ensureFolder(dirname(file), await accessOf(dirname(dirname(file))))
    await writeFile(incoming, `${JSON.stringify(header)}\n${second}\n`)
    await rename(incoming, file)
  } catch {
    // A read-only, full or absent store: the next verification hashes again.
    await rm(incoming, { force: true }).catch(() => undefined)
  }
}
