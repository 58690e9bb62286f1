/** A checkpoint as retention sees it. */
export interface KeptCheckpoint {
  step: number
  /** The metric by which it is judged, where it was measured. */
  score?: number | undefined
}

/** Which checkpoints of a run stay. The last one always does. */
export interface Retention {
  /** The first checkpoint of every so many steps. */
  every?: number | undefined
  /** Keeps the best by score: with `lower`, a loss; with `higher`, an accuracy. */
  best?: 'higher' | 'lower' | undefined
}

/**
 * The steps whose checkpoints stay, in order of step number; dates play no part. A checkpoint that stays once
 * stays when later ones are added, but for the best and the last.
 */
export function stepsToKeep(checkpoints: readonly KeptCheckpoint[], { every, best }: Retention): number[] {
  const ordered = [...checkpoints].sort((a, b) => a.step - b.step)
  const keep = new Set<number>()
  const last = ordered.at(-1)
  if (last) keep.add(last.step)
  if (every !== undefined && every > 0) for (const step of firstOfEach(ordered, every)) keep.add(step)
  const winner = best && bestOf(ordered, best)
  if (winner) keep.add(winner.step)
  return [...keep].sort((a, b) => a - b)
}

/** The first step in each stretch of `every` steps: unlike every k-th of a list, it does not shift. */
function firstOfEach(ordered: readonly KeptCheckpoint[], every: number): number[] {
  const first = new Map<number, number>()
  for (const { step } of ordered) {
    const stretch = Math.floor(step / every)
    if (!first.has(stretch)) first.set(stretch, step)
  }
  return [...first.values()]
}

/** Of equal scores the earlier: it was reached with less training. A NaN is no score. */
function bestOf(ordered: readonly KeptCheckpoint[], best: 'higher' | 'lower'): KeptCheckpoint | undefined {
  let winner: { step: number; score: number } | undefined
  for (const { step, score } of ordered) {
    if (score === undefined || Number.isNaN(score)) continue
    const better = winner === undefined || (best === 'higher' ? score > winner.score : score < winner.score)
    if (better) winner = { step, score }
  }
  return winner
}
