import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { isUserError, type Problem, UserError } from '@blacksmith/config'
import { isReadOnly, notWritable } from '../disk/access'
import type { Layout } from '../home'
import { forgetLatest } from '../latest'
import { type Follower, followers } from '../runs/followers'
import { forgetLineage } from '../runs/lineages'
import { findRun, listRuns, type StoredRun } from '../runs/runs'
import { type OutputCopy, outputCopies, removeCopy } from '../runs/workspaces'
import type { Doomed } from './candidate'
import { emptyTrash, remove } from './remove'

/** What goes when runs are taken out of the store. */
export interface RunRemoval {
  named: StoredRun[]
  /** What came of them, each after what it came of. */
  followers: Follower[]
  /** Copies of all these in the dist/ of workspaces. */
  copies: OutputCopy[]
}

/** What went; `left` are the folders of copies that are not ours to take away. */
export interface Removed {
  runs: StoredRun[]
  copies: string[]
  left: string[]
}

/**
 * Says what would go with the runs that a person names. Nothing is taken away.
 *
 * @throws UserError naming each reference that is not one run
 */
export async function planRemoval(layout: Layout, references: readonly string[]): Promise<RunRemoval> {
  const named = new Map<string, StoredRun>()
  const problems: Problem[] = []
  for (const reference of references) {
    try {
      const run = await findRun(layout, reference)
      named.set(run.key, run)
    } catch (error) {
      if (!isUserError(error)) throw error
      problems.push(...error.problems)
    }
  }
  if (problems.length > 0) throw new UserError(problems)
  const roots = [...named.values()]
  const following = followers(roots, await listRuns(layout))
  const keys = new Set([...named.keys(), ...following.map(({ run }) => run.key)])
  const copies = (await outputCopies(layout)).filter(({ key }) => keys.has(key))
  return { named: roots, followers: following, copies }
}

/**
 * Takes runs out of the store, with their copies and what a training of theirs could be continued from. What came of
 * others goes first, so that a removal that was killed can be asked for again.
 *
 * @throws UserError naming each that is in use; if one is from the start, nothing is taken away
 */
export async function removeRuns(layout: Layout, removal: RunRemoval): Promise<Removed> {
  const runs = [...removal.named, ...removal.followers.map(({ run }) => run)].reverse()
  try {
    const busy: Problem[] = []
    // One after the other: runs of one training share a lock.
    for (const run of runs) busy.push(...inUse(run, await removeRun(layout, run, { dryRun: true })))
    refuseBusy(busy)
    const { gone, late } = await removeEach(layout, runs)
    await emptyTrash(layout)
    refuseBusy(late)
    return gone
  } catch (error) {
    throw notWritable(layout.home, error)
  }
}

/** Stops at the first that was taken into use meanwhile: what that came of stays too, and can be named again. */
async function removeEach(
  layout: Layout,
  runs: readonly StoredRun[],
): Promise<{ gone: Removed; late: Problem[] }> {
  const gone: Removed = { runs: [], copies: [], left: [] }
  const keys = new Set(runs.map(({ key }) => key))
  const before = await removeCopies(layout, keys)
  for (const run of runs) {
    const because = await removeRun(layout, run, { dryRun: false })
    if (because !== undefined) return { gone, late: inUse(run, because) }
    gone.runs.push(run)
  }
  // Again, for what a look-up put in place meanwhile.
  const after = await removeCopies(layout, keys)
  return { gone: { ...gone, copies: [...before.removed, ...after.removed], left: after.left }, late: [] }
}

/** A run that is in use, as a mistake that a person can mend; none where nothing uses it. */
function inUse({ id }: StoredRun, because: string | undefined): Problem[] {
  if (because === undefined) return []
  const remedy = 'wait until that has ended, or end it, and give the same command again'
  return [{ message: `${id} was not removed: ${because}`, remedy }]
}

function refuseBusy(busy: readonly Problem[]): void {
  if (busy.length > 0) throw new UserError(busy)
}

/**
 * Takes away one run, its leftover checkpoints first: a run that has begun from it meanwhile holds it.
 *
 * @returns why it could not be, if so
 */
async function removeRun(
  layout: Layout,
  run: StoredRun,
  o: { dryRun: boolean },
): Promise<string | undefined> {
  const { key, directory, bytes, provenance } = run
  const work = join(layout.work, provenance.lineage ?? key)
  const folders = [work, `${work}-fresh`].filter((path) => existsSync(path) || existsSync(`${path}.lock`))
  const asked = { key, bytes, used: Number.POSITIVE_INFINITY, because: 'it was asked for' }
  const going: Doomed[] = [
    ...folders.map((path) => ({ ...asked, kind: 'work' as const, path })),
    { ...asked, kind: 'artifact', path: directory },
  ]
  for (const one of going) {
    const removal = await remove(layout, one, o)
    if (!removal.removed && !removal.gone) return removal.because
  }
  if (o.dryRun) return undefined
  await forgetLatest(layout, provenance)
  await forgetLineage(layout, key)
  return undefined
}

async function removeCopies(
  layout: Layout,
  keys: ReadonlySet<string>,
): Promise<{ removed: string[]; left: string[] }> {
  const copies = (await outputCopies(layout)).filter(({ key }) => keys.has(key))
  const removed: string[] = []
  const left: string[] = []
  for (const copy of copies) {
    try {
      await removeCopy(layout, copy)
      removed.push(copy.directory)
    } catch (error) {
      if (!isReadOnly(error)) throw error
      left.push(copy.directory)
    }
  }
  return { removed, left }
}
