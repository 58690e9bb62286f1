import { formatCount, formatDuration, formatNumber } from '@blacksmith/text'
import { type Html, html, type Value } from '../page/html'
import { htmlTable } from '../page/table'
import { leafText } from '../report/flatten'
import { finalRung, judgedValue, type ReportedSweep, type ReportedTrial, ranked } from './reported-sweep'

/** Nobody reads further; trials.csv has all of them. */
const mostRows = 1000

/** The trials with what they set and what they came to, the best first. */
export function trialsTable(sweep: ReportedSweep): Html {
  const { parameters, horizon, trials } = sweep
  const shown = ranked(sweep).slice(0, mostRows)
  const values = valueColumns(sweep)
  const caption =
    shown.length < trials.length
      ? `The best ${formatCount(shown.length)} of ${formatCount(trials.length)} trials; trials.csv has all`
      : `All ${formatCount(trials.length)} trials, the best first`
  return htmlTable(
    caption,
    [
      { heading: 'trial', number: true },
      ...values.map(({ heading }) => ({ heading, number: true })),
      { heading: 'state' },
      ...(horizon === undefined ? [] : [{ heading: horizon, number: true }]),
      { heading: 'took', number: true },
      ...parameters.map(({ path }) => ({ heading: path })),
      { heading: 'run' },
    ],
    shown.map((trial) => {
      const best = sweep.best.includes(trial.number)
      return {
        class: best ? 'changed' : undefined,
        cells: [
          trial.number,
          ...values.map(({ text }) => text(trial)),
          stateText(trial, best),
          ...(horizon === undefined ? [] : [finalRung(trial)?.horizon ?? '']),
          formatDuration(secondsOf(trial)),
          ...parameters.map(({ path }) =>
            path in trial.parameters ? html`<code>${leafText(trial.parameters[path])}</code>` : '',
          ),
          runsOf(trial),
        ],
      }
    }),
  )
}

/** Seconds of training behind a trial: a longer run of it holds the shorter ones. */
export function secondsOf(trial: ReportedTrial): number {
  return (finalRung(trial)?.runs ?? []).reduce((sum, { seconds }) => sum + seconds, 0)
}

function valueColumns({ objectives, trials }: ReportedSweep) {
  if (objectives.length > 0)
    return objectives.map(({ metric }, at) => ({
      heading: metric,
      text: (trial: ReportedTrial) => {
        const value = judgedValue(trial, at)
        if (value === undefined) return ''
        const spread = finalRung(trial)?.deviations[at]
        return `${formatNumber(value)}${spread ? ` ± ${formatNumber(spread)}` : ''}`
      },
    }))
  const metricsOf = (trial: ReportedTrial) => finalRung(trial)?.runs[0]?.metrics ?? {}
  return [...new Set(trials.flatMap((trial) => Object.keys(metricsOf(trial))))].map((heading) => ({
    heading,
    text: (trial: ReportedTrial) => {
      const value = metricsOf(trial)[heading]
      return value === undefined ? '' : formatNumber(value)
    },
  }))
}

function stateText({ state, failure }: ReportedTrial, best: boolean): string {
  if (failure) return `failed (${failure.kind}): ${failure.message.split('\n')[0]}`
  if (state === 'stopped') return 'ended early'
  return best ? 'complete, best' : 'complete'
}

function runsOf(trial: ReportedTrial): Value {
  const ids = (finalRung(trial)?.runs ?? []).map(({ id }) => id)
  return ids.map((id, at) => html`${at > 0 && ' '}<code>${id}</code>`)
}
