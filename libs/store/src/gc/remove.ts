import { randomBytes } from 'node:crypto'
import { existsSync, statSync } from 'node:fs'
import { readdir, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { type FileLock, tryLock } from '@blacksmith/native'
import { accessOf, ensureFolder } from '../disk/access'
import { outOfTheWay } from '../disk/move'
import type { Layout } from '../home'
import { dropLabels } from '../runs/labels'
import { lastUse } from '../runs/last-use'
import type { Doomed } from './candidate'
import { isRunning, lastUseOf, locksOfEnvironment } from './environments'

/** Whether something was taken away or why not. */
export type Removal = { removed: true } | { removed: false; because: string; gone?: true }

const gone: Removal = { removed: false, because: 'it is gone', gone: true }

/**
 * Takes one thing away, if nobody uses it. Everything is first renamed into the trash under the locks of those
 * who would use it, which takes no time, and deleted afterwards without.
 */
export async function remove(layout: Layout, doomed: Doomed, o: { dryRun?: boolean } = {}): Promise<Removal> {
  const { kind, key, path } = doomed
  const locks: FileLock[] = []
  try {
    for (const { file, mode, meaning } of await locksOf(layout, doomed)) {
      const held = tryLock(file, mode)
      if (!held) return { removed: false, because: meaning }
      locks.push(held)
    }
    // A look-up that ended between the survey and our lock has put it somewhere.
    const used = usedNow(layout, doomed)
    if (used !== undefined && used > doomed.used) return { removed: false, because: 'it was used just now' }
    if (!existsSync(path)) return gone
    if (kind === 'environment' && isRunning(path)) return { removed: false, because: 'a process is using it' }
    if (o.dryRun) return { removed: true }
    const left = await discard(layout, path)
    if (left) return left
    if (kind === 'artifact' && key !== undefined) {
      await dropLabels(layout, key)
    }
    if ((kind === 'artifact' || kind === 'capsule' || kind === 'input') && key !== undefined)
      await rm(join(layout.used, key), { force: true })
    if (path.endsWith('.part')) await rm(`${path}.json`, { force: true })
    return { removed: true }
  } finally {
    for (const held of locks) held.close()
  }
}

/** Empties the trash, which is in nobody's way, but for what another user has to delete. Another may be doing the same. */
export async function emptyTrash(layout: Layout): Promise<void> {
  for (const name of await readdir(layout.trash).catch(() => [])) {
    await rm(join(layout.trash, name), { recursive: true, force: true, maxRetries: 3 }).catch((error) => {
      if (!isOfAnother(error)) throw error
    })
  }
}

/** When it was last used, as its users note that; undefined where they note nothing. */
function usedNow(layout: Layout, { kind, key, path }: Doomed): number | undefined {
  const noted = key === undefined ? undefined : lastUse(layout, key)
  if (kind === 'artifact' || kind === 'download') return noted
  if (kind === 'capsule' || kind === 'input') return Math.max(noted ?? 0, changed(path) ?? 0)
  return kind === 'environment' ? lastUseOf(path) : undefined
}

function changed(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs
}

/**
 * What cannot be renamed is deleted where it stands, still under the locks.
 *
 * @returns why it was left: another user made it without the rights of a shared store, so that its owner's collection
 *   takes it, or another collection was quicker, where nothing has locks
 */
async function discard(layout: Layout, path: string): Promise<Removal | undefined> {
  if (dirname(path) === layout.trash) return undefined
  await ensureFolder(layout.trash, await accessOf(layout.home))
  const trash = join(layout.trash, randomBytes(8).toString('hex'))
  try {
    if ((await outOfTheWay(path, trash)) === path) await rm(path, { recursive: true, force: true })
    return undefined
  } catch (error) {
    if (isOfAnother(error)) return { removed: false, because: 'it is of another user' }
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return gone
    throw error
  }
}

function isOfAnother(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException
  return code === 'EACCES' || code === 'EPERM'
}

interface Guard {
  file: string
  mode: 'exclusive'
  meaning: string
}

/** The locks of those who would use a thing, each with what it means when it is taken. */
async function locksOf(layout: Layout, { kind, key, path }: Doomed): Promise<Guard[]> {
  if (dirname(path) === layout.environments) {
    return locksOfEnvironment(path).map((lock) => ({ ...lock, mode: 'exclusive' }))
  }
  if (key === undefined) return []
  const access = await accessOf(layout.home)
  const guard = async (file: string, meaning: string): Promise<Guard> => {
    await ensureFolder(dirname(file), access)
    return { file, mode: 'exclusive', meaning }
  }
  switch (kind) {
    case 'artifact':
      return [
        await guard(layout.keyLock(key), 'a run is using it'),
        await guard(layout.useLock(key), 'it is being looked up'),
      ]
    case 'staging':
      return /^[0-9a-f]{64}$/.test(key) ? [await guard(layout.keyLock(key), 'a run is making it')] : []
    case 'download':
      return [await guard(layout.downloadLock(key), 'it is being downloaded')]
    case 'capsule':
    case 'input':
      return [await guard(layout.capsuleLock(key), 'a run is using it, or one beside it')]
    case 'work':
      return [await guard(`${path}.lock`, 'a run is working on it')]
    default:
      return []
  }
}
