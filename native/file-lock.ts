import { closeSync, constants, fchmodSync, fstatSync, openSync, statSync } from 'node:fs'
import { loadAddon } from './load'
import { pauseFor } from './pause'

/** `shared` excludes only `exclusive`; `exclusive` excludes both. */
export type LockMode = 'shared' | 'exclusive'

/**
 * A lock that is held for as long as `fd` is open: here, or in a child that inherited it. `close` gives up
 * this process's hold and may be called twice; the file is never unlinked.
 */
export interface FileLock {
  readonly fd: number
  readonly path: string
  close(): void
}

const firstPause = 5
const longestPause = 200
const mostCreationRaces = 50

/** flock(2) without waiting: false when somebody else holds it, an exception for any other reason. */
export function flock(fd: number, mode: LockMode): boolean {
  return loadAddon().flock(fd, mode)
}

/**
 * Takes the lock on `path` if it is free, creating the file if need be (its folder must exist).
 *
 * @returns undefined when somebody else holds it
 */
export function tryLock(path: string, mode: LockMode): FileLock | undefined {
  for (;;) {
    const fd = openOrCreate(path)
    try {
      if (!flock(fd, mode)) {
        closeSync(fd)
        return undefined
      }
      if (isStillAt(path, fd)) return heldLock(fd, path)
    } catch (error) {
      closeSync(fd)
      throw error
    }
    // Somebody removed or replaced the file between open and flock: the lock we got guards nothing.
    closeSync(fd)
  }
}

/**
 * Waits for the lock. It polls, because a blocking flock would hold one of the few threads that Node has
 * for files, and could not be aborted.
 *
 * @param o.onWait called once, when the lock is not free at once
 * @param o.signal ends the waiting: the promise is rejected with its reason
 */
export async function lock(
  path: string,
  mode: LockMode,
  o: { signal?: AbortSignal; onWait?: () => void } = {},
): Promise<FileLock> {
  let pause = firstPause
  for (let attempt = 0; ; attempt++) {
    o.signal?.throwIfAborted()
    const held = tryLock(path, mode)
    if (held) return held
    if (attempt === 0) o.onWait?.()
    // The random part keeps waiters that started together from trying together.
    await pauseFor(pause * (0.5 + Math.random()), o.signal)
    pause = Math.min(pause * 1.5, longestPause)
  }
}

/**
 * Opens without O_CREAT first: fs.protected_regular refuses O_CREAT on another user's file in a sticky
 * folder. Another user's file may be readable only, which is enough for flock.
 */
function openOrCreate(path: string): number {
  for (let attempt = 0; attempt < mostCreationRaces; attempt++) {
    const existing = openIf(path, constants.O_RDWR, ['ENOENT', 'EACCES', 'EPERM', 'EROFS'])
    if (typeof existing === 'number') return existing
    if (existing !== 'ENOENT') {
      const readable = openIf(path, constants.O_RDONLY, ['EACCES'])
      if (typeof readable === 'number') return readable
      // Whoever has just created it is about to let others read it.
      continue
    }
    const created = openIf(path, constants.O_RDWR | constants.O_CREAT | constants.O_EXCL, ['EEXIST'])
    if (typeof created !== 'number') continue
    // Whoever reaches the folder may lock what is in it: the umask of the first has no say.
    fchmodSync(created, fstatSync(created).mode | 0o444)
    return created
  }
  const refused = openIf(path, constants.O_RDONLY, ['ENOENT'])
  if (typeof refused === 'number') return refused
  // A link to nowhere is absent to open and present to O_EXCL.
  throw new Error(
    `cannot open the lock file ${path}: is it a symbolic link whose target is missing? Remove it.`,
  )
}

/** The descriptor, or the code of an error that is expected here. */
function openIf(path: string, flags: number, expected: string[]): number | string {
  try {
    return openSync(path, flags, 0o666)
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (code !== undefined && expected.includes(code)) return code
    throw error
  }
}

function isStillAt(path: string, fd: number): boolean {
  const there = statSync(path, { bigint: true, throwIfNoEntry: false })
  const ours = fstatSync(fd, { bigint: true })
  return there?.ino === ours.ino && there.dev === ours.dev
}

function heldLock(fd: number, path: string): FileLock {
  let open = true
  const close = () => {
    if (open) closeSync(fd)
    open = false
  }
  return { fd, path, close }
}
