import type { Environment } from './environment'
import type { Tree } from './tree'

/** How files lay from which an environment's packages come, and how to look at them again. */
export interface Snapshot {
  before: Tree
  again: () => Promise<Tree>
}

const snapshots = new WeakMap<Environment, readonly Snapshot[]>()

/** Notes how an environment's files lay when it was given out. */
export function withSnapshots<T extends Environment>(environment: T, seen: readonly Snapshot[]): T {
  snapshots.set(environment, seen)
  return environment
}

/**
 * The first file of an environment that was touched since `ensureEnvironment` gave it out: whoever computed with
 * it meanwhile may have read something else. What was edited and put back is found too, and so are new rights on
 * a file, which cannot be told from that. Bytecode that Python leaves where somebody starts it by hand is none.
 *
 * @returns for example `lib/python3.11/site-packages/numpy/core/x.py changed`
 */
export async function touchedSince(environment: Environment): Promise<string | undefined> {
  for (const { before, again } of snapshotsOf(environment)) {
    const now = await again().catch(() => undefined)
    if (now?.digest === before.digest) continue
    for (const path of [...new Set([...before.entries.keys(), ...(now?.entries.keys() ?? [])])].sort()) {
      const [then, found] = [before.entries.get(path), now?.entries.get(path)]
      if (then === found || (!then && isBytecode(path))) continue
      return `${path} ${!then ? 'was added' : !found ? 'is missing' : 'changed'}`
    }
  }
  return undefined
}

/** How the files lay from which an environment's packages come, as far as they have been looked at. */
export function snapshotsOf(environment: Environment): readonly Snapshot[] {
  return snapshots.get(environment) ?? []
}

/** The folders that an environment's packages come from, as far as they have been looked at. */
export function importedFrom(environment: Environment): string[] {
  return snapshotsOf(environment).map(({ before }) => before.folder)
}

/** Whether Python writes such files by itself; Numba leaves what it compiled there too. */
export function isBytecode(path: string): boolean {
  return /(^|\/)__pycache__\//.test(path)
}
