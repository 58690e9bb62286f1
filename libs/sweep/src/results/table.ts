import type { Json, Sweep } from '@blacksmith/config'
import { overrides, spelled } from '../trials/overrides'
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
  return `${[head, ...rows].map((row) => row.map(cell).join(',')).join('\n')}\n`
}

/** Seconds of training behind a trial: a longer run of it holds the shorter ones. */
export function secondsOf(trial: Trial): number {
  return (finalRung(trial)?.runs ?? []).reduce((sum, { seconds }) => sum + seconds, 0)
}

/** A trial in the words of a command line. */
export function trialText({ parameters }: Trial): string {
  return overrides(parameters).join(' ')
}

/** As RFC 4180 has it; what a spreadsheet would take for a formula is text. */
function cell(value: string | number): string {
  if (typeof value === 'number') return String(value)
  const text = /^[=+@]|^-[^\d.]/.test(value) ? `'${value}` : value
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
