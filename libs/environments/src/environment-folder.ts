import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { type FileLock, lock } from '@blacksmith/native'

/** The folder of all environments of a store. */
export function environmentsIn(home: string): string {
  return join(home, 'envs')
}

/** Where an environment lies. Equal pins share one, under the name that it was first made for. */
export async function folderOf(home: string, name: string, digest: string): Promise<string> {
  const ending = `-${short(digest)}`
  const entries = await readdir(environmentsIn(home)).catch(() => [])
  const found = entries.sort().find((entry) => entry.endsWith(ending))
  return join(environmentsIn(home), found ?? `${name}${ending}`)
}

/** Held by whoever makes an environment of these pins, or takes one away. */
export function makingLock(home: string, digest: string): string {
  return join(environmentsIn(home), `${short(digest)}.lock`)
}

const used = new Map<string, FileLock>()

/**
 * Keeps an environment from being taken away until this process ends; waits for whoever takes it away just now. A store
 * that cannot be written to has no such locks, and nothing is taken away from it.
 *
 * @param o.signal ends the waiting: the promise is rejected with its reason
 */
export async function holdEnvironment(
  home: string,
  digest: string,
  o: { signal?: AbortSignal; onWait?: () => void } = {},
): Promise<void> {
  const file = join(environmentsIn(home), `${short(digest)}.use.lock`)
  if (used.has(file)) return
  const held = await lock(file, 'shared', o).catch(() => o.signal?.throwIfAborted())
  if (held && used.has(file)) held.close()
  else if (held) used.set(file, held)
}

function short(digest: string): string {
  return digest.slice(0, 16)
}
