import { notWritable } from '../disk/access'
import type { Layout } from '../home'
import { type Candidate, choose, type Doomed, type GcPolicy, type Pinned } from './candidate'
import { removeStaleNotes } from './remote-notes'
import { emptyTrash, remove } from './remove'
import { survey } from './survey'

/** What a collection did or, as a dry run, would do. */
export interface GcReport {
  removed: Doomed[]
  /** What the policy would have taken away but for what stands in `because`. */
  kept: Pinned[]
  removedBytes: number
  /** Of all that is left. */
  leftBytes: number
  /** Of them those of Python environments. */
  leftEnvironmentBytes: number
}

/**
 * Takes away what the policy does not keep. Never what a live run, a look-up in flight or a registered
 * workspace's present dist/ uses, and never a named run.
 */
export async function collectGarbage(
  layout: Layout,
  policy: GcPolicy,
  o: { dryRun?: boolean; now?: number; signal?: AbortSignal } = {},
): Promise<GcReport> {
  try {
    return await collect(layout, policy, o)
  } catch (error) {
    throw notWritable(layout.home, error)
  }
}

async function collect(
  layout: Layout,
  policy: GcPolicy,
  o: { dryRun?: boolean; now?: number; signal?: AbortSignal },
): Promise<GcReport> {
  const now = o.now ?? Date.now()
  const { candidates, pinned } = await survey(layout, now)
  const pinnedBytes = sum(pinned)
  const chosen = choose(candidates, policy, { now, pinnedBytes })
  const spared = choose(pinned, { ...policy, maxBytes: undefined }, { now, pinnedBytes: 0 }) as Pinned[]
  const report: GcReport = {
    removed: [],
    kept: spared.map((one) => pinned.find(({ path }) => path === one.path) ?? one),
    removedBytes: 0,
    leftBytes: pinnedBytes + sum(candidates),
    leftEnvironmentBytes: sum(candidates.filter(isEnvironment)),
  }
  for (const doomed of chosen) {
    o.signal?.throwIfAborted()
    const removal = await remove(layout, doomed, o)
    if (!removal.removed) {
      report.kept.push({ ...doomed, because: removal.because })
      continue
    }
    report.removed.push(doomed)
    report.removedBytes += doomed.bytes
    report.leftBytes -= doomed.bytes
    if (isEnvironment(doomed)) report.leftEnvironmentBytes -= doomed.bytes
  }
  if (!o.dryRun) {
    await emptyTrash(layout)
    await removeStaleNotes(layout)
  }
  return report
}

function isEnvironment({ kind }: Candidate): boolean {
  return kind === 'environment'
}

function sum(candidates: readonly { bytes: number }[]): number {
  return candidates.reduce((bytes, candidate) => bytes + candidate.bytes, 0)
}
