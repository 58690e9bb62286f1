import { formatCount, formatNumber } from '@blacksmith/text'
import { acceptanceRows, isReportedOnly, type Results, verdictText } from '../acceptance'
import { type Html, html } from '../page/html'
import { htmlTable } from '../page/table'
import type { MetricCurves } from '../series/read-metrics'

/** The verdict as a badge: the colour says nothing that the words do not. */
export function verdictBadge(results: Results): Html {
  if (isReportedOnly(results)) return html`<p class="verdict">${verdictText(results)}</p>`
  return html`<p class="verdict ${results.accepted ? 'good' : 'bad'}">${results.accepted ? '✓' : '✗'} ${verdictText(results)}</p>`
}

/** What was asked of the model and what came out. */
export function acceptanceTable(results: Results): Html {
  const rows = acceptanceRows(results)
  const asked = rows.some((row) => row.asked !== '')
  if (!asked) {
    return htmlTable(
      'Metrics of the evaluation',
      [{ heading: 'metric' }, { heading: 'value', number: true }],
      rows.map((row) => ({ cells: [row.metric, row.value] })),
    )
  }
  return htmlTable(
    'Metrics of the evaluation and what was asked of them',
    [{ heading: 'metric' }, { heading: 'value', number: true }, { heading: 'asked' }, { heading: 'verdict' }],
    rows.map((row) => ({
      cells: [
        row.metric,
        row.value,
        row.asked,
        row.met === undefined ? row.verdict : `${row.met ? '✓' : '✗'} ${row.verdict}`,
      ],
    })),
  )
}

/** Where each metric of the training stood at its end. */
export function finalMetrics(metrics: MetricCurves[]): Html {
  const rows = metrics.flatMap(({ metric, curves }) => curves.map((curve) => ({ metric, curve })))
  return htmlTable(
    'Last values of the training',
    [
      { heading: 'metric' },
      { heading: 'split' },
      { heading: 'step', number: true },
      { heading: 'value', number: true },
      { heading: 'lowest', number: true },
      { heading: 'highest', number: true },
    ],
    rows.map(({ metric, curve }) => {
      const extreme = (values: (number | null)[], pick: (...all: number[]) => number) => {
        const finite = values.filter((value) => value !== null)
        return finite.length === 0 ? '' : formatNumber(pick(...finite))
      }
      return {
        cells: [
          metric,
          curve.name,
          formatCount(curve.step.at(-1) ?? 0),
          curve.last === null ? 'not finite' : formatNumber(curve.last),
          extreme(curve.low, Math.min),
          extreme(curve.high, Math.max),
        ],
      }
    }),
  )
}
