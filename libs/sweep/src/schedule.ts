import type { Schedule, Sweep } from '@blacksmith/config'

/** Trials that are chosen together, and how long they train. */
export interface Batch {
  size: number
  /** The horizons of its rungs, the last one for whole trials; null stands for that of the configuration. */
  rungs: (number | null)[]
  /** Of trials that are promoted by their rank: how many go on after a rung. None are where all go on that may. */
  keep?: number
}

const defaultBatch = 4

/** The batches of a sweep, without end: the first ones that make up its trials are used. */
export function* batches({ schedule, batch, sampler }: Sweep, trials: number): Generator<Batch> {
  if (schedule?.kind === 'halving') {
    const rungs = geometric(schedule)
    const size = batch ?? schedule.factor ** (rungs.length - 1)
    for (;;) yield { size, rungs, keep: schedule.factor }
  }
  if (schedule?.kind === 'hyperband') {
    const rungs = geometric(schedule)
    const { factor } = schedule
    for (;;) {
      for (let skipped = 0; skipped < rungs.length; skipped++) {
        const later = rungs.length - 1 - skipped
        const size = Math.ceil((rungs.length / (later + 1)) * factor ** later)
        yield { size, rungs: rungs.slice(skipped), keep: factor }
      }
    }
  }
  // Where nothing is learnt from earlier trials there is nothing to wait for.
  const independent = sampler !== 'tpe' && schedule === undefined
  const size = batch ?? (independent ? trials : defaultBatch)
  for (;;) yield { size, rungs: schedule?.kind === 'median' ? evenly(schedule) : [null] }
}

/** From the first rung to the last, so many times longer each. */
function geometric({ from, to, factor }: Extract<Schedule, { factor: number }>): number[] {
  const rungs: number[] = []
  for (let horizon = from; horizon < to; horizon *= factor) rungs.push(horizon)
  return [...rungs, to]
}

function evenly({ from, to, every }: Extract<Schedule, { kind: 'median' }>): number[] {
  const rungs: number[] = []
  for (let horizon = from; horizon < to; horizon += every) rungs.push(horizon)
  return [...rungs, to]
}

/** The median of some numbers. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  const upper = sorted[middle] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2
}
