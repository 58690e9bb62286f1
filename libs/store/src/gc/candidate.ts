/** Something in a store that could be taken away. */
export interface Candidate {
  kind:
    | 'artifact'
    | 'download'
    | 'environment'
    | 'capsule'
    | 'input'
    | 'work'
    | 'broken'
    | 'staging'
    | 'trash'
    | 'index'
  /** Key of an artifact or of a staging folder, digest of a download or a capsule, lineage of working state. */
  key?: string
  path: string
  bytes: number
  /** ms since the epoch: when it was last used. */
  used: number
}

/** What is kept whatever the policy says, and why. */
export interface Pinned extends Candidate {
  because: string
}

/** How much a store is to keep. Without bounds only what nobody can use is taken away. */
export interface GcPolicy {
  /** Days since the last use. */
  keepDays?: number | undefined
  /** Of the whole store; the least recently used goes first. */
  maxBytes?: number | undefined
}

/** A candidate that goes, and why. */
export interface Doomed extends Candidate {
  because: string
}

const day = 24 * 3600 * 1000

/** What no policy keeps: nobody can use it any more. */
const rubbish: readonly Candidate['kind'][] = ['staging', 'trash', 'index']

/** What is made again from the workspace by itself: it goes after a month even where nothing bounds the store. */
const remade: readonly Candidate['kind'][] = ['capsule', 'input', 'environment']
const keepRemadeDays = 30

/**
 * Chooses what goes. Something that was used in the future (the clock was set back) counts as used now.
 *
 * @param pinnedBytes size of what stays in any case
 */
export function choose(
  candidates: readonly Candidate[],
  policy: GcPolicy,
  o: { now: number; pinnedBytes: number },
): Doomed[] {
  const doomed = new Map<Candidate, string>()
  for (const candidate of candidates) {
    const age = o.now - candidate.used
    const keepDays = policy.keepDays ?? (remade.includes(candidate.kind) ? keepRemadeDays : undefined)
    if (rubbish.includes(candidate.kind)) doomed.set(candidate, 'nobody uses it')
    else if (keepDays !== undefined && age > keepDays * day) {
      doomed.set(candidate, `it was last used ${Math.floor(age / day)} days ago`)
    }
  }
  if (policy.maxBytes !== undefined) {
    const left = candidates.filter((candidate) => !doomed.has(candidate)).sort(byWorth)
    let bytes = left.reduce((sum, candidate) => sum + candidate.bytes, o.pinnedBytes)
    for (const candidate of left) {
      if (bytes <= policy.maxBytes) break
      bytes -= candidate.bytes
      doomed.set(candidate, 'the store is too large, and others were used later')
    }
  }
  return candidates.flatMap((candidate) => {
    const because = doomed.get(candidate)
    return because === undefined ? [] : [{ ...candidate, because }]
  })
}

/** What is of least use first: broken artifacts, then by last use. */
function byWorth(a: Candidate, b: Candidate): number {
  if ((a.kind === 'broken') !== (b.kind === 'broken')) return a.kind === 'broken' ? -1 : 1
  return a.used - b.used
}
