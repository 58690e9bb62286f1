import { createHash } from 'node:crypto'
import { type BigIntStats, promises as fs } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { loadAddon } from '@blacksmith/native'

/** How all that lies below a folder lies on its disk. */
export interface Tree {
  folder: string
  /** Another one after any change, since a file's ctime cannot be set back. */
  digest: string
  /**
   * Path → kind (`f`ile, `l`ink, `o`ther), bytes, mtime, ctime and inode, as one text; times are in nanoseconds.
   * Folders are not among them: what lies in them is.
   */
  entries: ReadonlyMap<string, string>
}

/** Linux stamps files with a clock that ticks every 1 to 10 ms. */
const clockTick = 20
/** File systems that keep whole seconds (or, FAT, every second one). */
const coarseTick = 2100

/**
 * Looks at all that lies below a folder, off this thread: about 2 µs for each file.
 *
 * @param skip names that are left out with all below them; one that begins with `/` only right below the folder
 */
export async function listTree(folder: string, skip: readonly string[] = []): Promise<Tree> {
  const listing = await loadAddon().listTree(folder, [...skip])
  let entries: ReadonlyMap<string, string> | undefined
  return {
    folder,
    digest: createHash('sha256').update(listing).digest('hex'),
    get entries() {
      entries ??= parsed(listing)
      return entries
    },
  }
}

/** The same, with what links lead to in place of the links: their targets may change while they stay. */
export async function listWithTargets(
  folder: string,
  skip: readonly string[] = [],
  above: readonly string[] = [],
): Promise<Tree> {
  const tree = await listTree(folder, skip)
  const links = [...tree.entries].filter(([, stat]) => stat.startsWith('l '))
  if (links.length === 0) return tree
  const entries = new Map(tree.entries)
  const hash = createHash('sha256').update(tree.digest)
  const route = [...above, await fs.realpath(folder)]
  for (const [path] of links) {
    const target = join(folder, path)
    const stats = await fs.stat(target, { bigint: true }).catch(() => undefined)
    if (stats?.isFile()) entries.set(path, statOf(stats))
    // A link to a folder that it lies in would never end.
    if (stats?.isDirectory() && !route.includes(await fs.realpath(target))) {
      entries.delete(path)
      const below = await listWithTargets(target, skip, route)
      for (const [name, stat] of below.entries) entries.set(`${path}/${name}`, stat)
      hash.update(below.digest)
    }
    hash.update(`${path}\0${entries.get(path) ?? ''}\0`)
  }
  return { folder, digest: hash.digest('hex'), entries }
}

/** One file, as a tree of its own. */
export async function listFile(file: string): Promise<Tree> {
  const entry: [string, string] = [basename(file), statOf(await fs.stat(file, { bigint: true }))]
  const digest = createHash('sha256').update(entry.join('\0')).digest('hex')
  return { folder: dirname(file), digest, entries: new Map([entry]) }
}

/** Whether a change after `now` (ms since the epoch) would surely give a file another ctime than it has. */
export function isSettled(stat: string, now: number): boolean {
  const changed = Number(stat.split(' ')[3]) / 1e6
  return changed < now - (changed % 1000 === 0 ? coarseTick : clockTick)
}

/** How many bytes an entry has. */
export function bytesOf(stat: string): number {
  return Number(stat.split(' ')[1])
}

function statOf({ size, mtimeNs, ctimeNs, ino }: BigIntStats): string {
  return `f ${size} ${mtimeNs} ${ctimeNs} ${ino}`
}

function parsed(listing: Buffer): ReadonlyMap<string, string> {
  const entries = new Map<string, string>()
  for (const entry of listing.toString().split('\0')) {
    if (entry === '' || entry.startsWith('d ')) continue
    let end = 1
    for (let field = 0; field < 4; field++) end = entry.indexOf(' ', end + 1)
    entries.set(entry.slice(end + 1), entry.slice(0, end))
  }
  return entries
}
