import type { Objective, Sweep } from '@blacksmith/config'
import { formatNumber } from '@blacksmith/text'
import type { Told } from '../sampler/sampler'
import { finalRung, type Trial } from './trial'

/** The best trial; of several objectives all of which none is beaten by another in one without being better in none. */
export function bestOf({ objectives }: Pick<Sweep, 'objectives'>, trials: readonly Trial[]): Trial[] {
  if (objectives.length === 0) return []
  const whole = trials.filter(({ state }) => state === 'complete')
  if (objectives.length === 1) {
    const [best] = ranked(objectives, whole)
    return best ? [best] : []
  }
  return whole.filter((trial) => !whole.some((other) => dominates(objectives, other, trial)))
}

/** By the first objective, the best first; of equals the one that was chosen first. */
export function ranked(objectives: readonly Objective[], trials: readonly Trial[]): Trial[] {
  const sign = objectives[0]?.goal === 'minimize' ? 1 : -1
  const value = (trial: Trial) => finalRung(trial)?.values[0] ?? Number.NaN
  return [...trials].sort((a, b) => sign * (value(a) - value(b)) || a.number - b.number)
}

function dominates(objectives: readonly Objective[], one: Trial, other: Trial): boolean {
  const [a, b] = [finalRung(one)?.values ?? [], finalRung(other)?.values ?? []]
  const gains = objectives.map(
    ({ goal }, at) => ((a[at] ?? Number.NaN) - (b[at] ?? Number.NaN)) * (goal === 'maximize' ? 1 : -1),
  )
  return gains.every((gain) => gain >= 0) && gains.some((gain) => gain > 0)
}

/** What the sampler learns of a trial. */
export function toldOf(trial: Trial, id: number): Told {
  const rungs = trial.rungs.flatMap(({ horizon, values: [value] }): [number, number][] =>
    horizon === null || value === undefined ? [] : [[horizon, value]],
  )
  const values = finalRung(trial)?.values
  if (trial.state === 'failed' || values === undefined) return { id, state: 'failed' }
  return { id, state: trial.state, values, ...(rungs.length > 0 ? { rungs } : {}) }
}

/** The best, in a few words for the live line. */
export function bestText(
  { objectives }: Pick<Sweep, 'objectives'>,
  best: readonly Trial[],
): string | undefined {
  const [first] = best
  if (first === undefined) return undefined
  if (objectives.length > 1) return `${best.length} of which none is beaten`
  const value = finalRung(first)?.values[0] ?? Number.NaN
  return `${objectives[0]?.metric} ${formatNumber(value)} (trial ${first.number})`
}
