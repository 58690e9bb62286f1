import type { Json, Sweep } from '@blacksmith/config'
import { csvText } from '@blacksmith/text'
import { spelled } from '../trials/overrides'
import { finalRung, type Trial } from '../trials/trial'

/** The trials of a sweep for programs: a heading and rows, in the order in which they were chosen. */
export function trialsCsv(sweep: Sweep, trials: readonly Trial[]): string {
  const paths = sweep.space.map(({ path }) => path)
  const metrics = sweep.objectives.flatMap(({ metric }) =>
    sweep.repeats ? [metric, `${metric} deviation`] : [metric],
  )
  const head = ['trial', 'state', 'trained to', ...metrics, 'seconds', ...paths, 'runs', 'failure']
  const rows = trials.map((trial) => {
    const rung = finalRung(trial)
    const values = sweep.objectives.flatMap((_, at) => {
      const value = trial.failure ? '' : (rung?.values[at] ?? '')
      return sweep.repeats ? [value, trial.failure ? '' : (rung?.deviations[at] ?? '')] : [value]
    })
    return [
      trial.number,
      trial.state,
      rung?.horizon ?? '',
      ...values,
      secondsOf(trial),
      ...paths.map((path) => (path in trial.parameters ? spelled(trial.parameters[path] as Json) : '')),
      (rung?.runs ?? []).map(({ id }) => id).join(' '),
      trial.failure ? `${trial.failure.kind}: ${trial.failure.message}` : '',
    ]
  })
  return csvText([head, ...rows])
}

/** Seconds of training behind a trial: a longer run of it holds the shorter ones. */
export function secondsOf(trial: Trial): number {
  return (finalRung(trial)?.runs ?? []).reduce((sum, { seconds }) => sum + seconds, 0)
}
