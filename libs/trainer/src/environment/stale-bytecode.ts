import { open, readdir } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { listPlace } from './given-content'
import { listFile, type Tree } from './tree'

/** `a/__pycache__/core.cpython-311.opt-1.pyc` was compiled from `a/core.py`. */
const compiled = /^((?:.*\/)?)__pycache__\/([^/.]+)\.[^/]+\.pyc$/

/**
 * A file of bytecode that Python would run in place of its source, though the source was touched later. Python
 * compares bytes and whole seconds of mtime, which an edit can leave as they were; nobody can set a ctime back.
 *
 * @param root a folder, or one module's file
 * @returns its path; undefined where all that Python would run was compiled from what lies there
 */
export async function staleBytecode(root: string): Promise<string | undefined> {
  const { folder, entries } = await around(root)
  for (const [path, lies] of entries) {
    const [, above = '', stem = ''] = path.match(compiled) ?? []
    const source = stem === '' ? undefined : entries.get(`${above}${stem}.py`)
    if (source === undefined || ctimeOf(source) < ctimeOf(lies)) continue
    const file = join(folder, path)
    if (await wouldRun(file, source)) return file
  }
  return undefined
}

async function around(root: string): Promise<Pick<Tree, 'folder' | 'entries'>> {
  const place = await listPlace(root, true)
  if (place.folder === root) return place
  const entries = new Map(place.entries)
  const cache = join(dirname(root), '__pycache__')
  const [stem = ''] = basename(root).split('.')
  for (const name of await readdir(cache).catch(() => [])) {
    if (!name.startsWith(`${stem}.`)) continue
    const { entries: found } = await listFile(join(cache, name))
    for (const lies of found.values()) entries.set(`__pycache__/${name}`, lies)
  }
  return { folder: place.folder, entries }
}

/** Whether Python takes bytecode for that of a source, by what its first 16 bytes say of it (PEP 552). */
async function wouldRun(file: string, source: string): Promise<boolean> {
  const handle = await open(file)
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(16), 0, 16, 0)
    if (bytesRead < 16) return false
    const flags = buffer.readUInt32LE(4)
    // By the source's hash, which Python compares only where the second bit says so.
    if (flags !== 0) return (flags & 2) === 0
    const [, bytes = '', mtime = ''] = source.split(' ')
    const seconds = Number(BigInt.asUintN(32, BigInt(mtime) / 1_000_000_000n))
    const size = Number(BigInt.asUintN(32, BigInt(bytes)))
    return buffer.readUInt32LE(8) === seconds && buffer.readUInt32LE(12) === size
  } finally {
    await handle.close()
  }
}

/** In nanoseconds. */
function ctimeOf(lies: string): bigint {
  return BigInt(lies.split(' ')[3] ?? 0)
}
