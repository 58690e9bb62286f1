import { readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { replaceFile } from '@blacksmith/config/header'
import { accessOf, ensureFolder } from '../disk/access'
import { sha256 } from '../key/key'

/** A file as it was when it was hashed, and what came out. */
export interface Known {
  ino: number
  bytes: number
  mtimeMs: number
  ctimeMs: number
  sha256: string
}

/** Whose files they are: an index that was copied or moved is of no use. */
export interface Whose {
  directory: string
  device: number
}

interface Header extends Whose {
  version: 1
  count: number
  /** SHA-256 of all that follows. */
  checksum: string
}

const numbers = 4
const digestBytes = 32

/**
 * What is known about a folder's files, in columns: a line of JSON, then four numbers of each file, then the
 * digests, then the paths. Ten thousand files are read in 3 ms, where JSON takes 10.
 */
export class KnownFiles {
  static readonly none = new KnownFiles(new Float64Array(), Buffer.alloc(0), [])
  readonly #rows: Map<string, number>

  constructor(
    readonly stats: Float64Array,
    readonly digests: Buffer,
    readonly paths: readonly string[],
  ) {
    this.#rows = new Map(paths.map((path, row) => [path, row]))
  }

  static of(files: ReadonlyMap<string, Known>): KnownFiles {
    const stats = new Float64Array(files.size * numbers)
    const digests = Buffer.alloc(files.size * digestBytes)
    let row = 0
    for (const known of files.values()) {
      stats.set([known.ino, known.bytes, known.mtimeMs, known.ctimeMs], row * numbers)
      digests.write(known.sha256, row * digestBytes, 'hex')
      row++
    }
    return new KnownFiles(stats, digests, [...files.keys()])
  }

  get(path: string): Known | undefined {
    const row = this.#rows.get(path)
    if (row === undefined) return undefined
    const [ino = 0, bytes = 0, mtimeMs = 0, ctimeMs = 0] = this.stats.subarray(
      row * numbers,
      (row + 1) * numbers,
    )
    return { ino, bytes, mtimeMs, ctimeMs, sha256: this.#digest(row) }
  }

  /** The digest of a file whose numbers are these; it makes no object, since it is asked for each file. */
  digest(path: string, ino: number, bytes: number, mtimeMs: number, ctimeMs: number): string | undefined {
    const row = this.#rows.get(path)
    if (row === undefined) return undefined
    const at = row * numbers
    const { stats } = this
    const same =
      stats[at] === ino && stats[at + 1] === bytes && stats[at + 2] === mtimeMs && stats[at + 3] === ctimeMs
    return same ? this.#digest(row) : undefined
  }

  #digest(row: number): string {
    return this.digests.toString('hex', row * digestBytes, (row + 1) * digestBytes)
  }
}

/** Reads an index; nothing is known where it is torn, foreign, unreadable or not there. */
export function readIndex(file: string, whose: Whose): KnownFiles {
  try {
    const content = readFileSync(file)
    const header = headerIn(content)
    const body = content.subarray(content.indexOf('\n') + 1)
    const ours =
      header.version === 1 && header.directory === whose.directory && header.device === whose.device
    if (!ours || header.checksum !== sha256(body)) return KnownFiles.none
    const afterStats = header.count * numbers * Float64Array.BYTES_PER_ELEMENT
    const afterDigests = afterStats + header.count * digestBytes
    const stats = new Float64Array(Uint8Array.prototype.slice.call(body, 0, afterStats).buffer)
    const paths = header.count === 0 ? [] : body.toString('utf8', afterDigests).split('\0')
    return new KnownFiles(stats, body.subarray(afterStats, afterDigests), paths)
  } catch {
    // Whatever is wrong with it: it is a cache, and hashing again is always right.
    return KnownFiles.none
  }
}

/** The folder that an index is about; an exception where it is no index. */
export function folderOfIndex(file: string): string {
  return headerIn(readFileSync(file)).directory
}

/** Replaces an index whole. Where that cannot be, the next verification hashes again. */
export async function writeIndex(file: string, whose: Whose, known: KnownFiles): Promise<void> {
  const stats = Buffer.from(known.stats.buffer, known.stats.byteOffset, known.stats.byteLength)
  const body = Buffer.concat([stats, known.digests, Buffer.from(known.paths.join('\0'))])
  const header: Header = { version: 1, ...whose, count: known.paths.length, checksum: sha256(body) }
  try {
    const access = await accessOf(dirname(dirname(file)))
    await ensureFolder(dirname(file), access)
    const content = Buffer.concat([Buffer.from(`${JSON.stringify(header)}\n`), body])
    await replaceFile(file, content, { durable: false, mode: access.file })
  } catch {
    // A read-only, full or absent store.
  }
}

function headerIn(content: Buffer): Header {
  return JSON.parse(content.toString('utf8', 0, content.indexOf('\n'))) as Header
}
