import { formatCount, formatNumber } from '@blacksmith/text'
import { type Html, html } from '../page/html'
import { htmlTable } from '../page/table'
import { chartFigure } from '../report/chart-figure'
import type { Curve } from '../series/series'
import type { ReportedSweep } from './reported-sweep'

/** How many trials came to each horizon, and how good they were there. */
export interface RungRow {
  horizon: number
  trials: number
  wentOn: number
  best: number
  median: number
  worst: number
}

/** The horizons at which trials were compared, shortest first; none where all trained alike. */
export function rungRows({ objectives, trials }: ReportedSweep): RungRow[] {
  const sign = objectives[0]?.goal === 'minimize' ? 1 : -1
  const byHorizon = new Map<number, { values: number[]; wentOn: number }>()
  for (const { rungs } of trials) {
    for (const [at, { horizon, values }] of rungs.entries()) {
      const [value] = values
      if (horizon === null || value === undefined) continue
      const row = byHorizon.get(horizon) ?? { values: [], wentOn: 0 }
      byHorizon.set(horizon, row)
      row.values.push(value)
      if (at < rungs.length - 1) row.wentOn += 1
    }
  }
  if (byHorizon.size < 2) return []
  return [...byHorizon]
    .sort(([a], [b]) => a - b)
    .map(([horizon, { values, wentOn }]) => {
      values.sort((a, b) => sign * (a - b))
      const last = values.length - 1
      const [best = 0, lower = 0, upper = 0, worst = 0] = [0, last >> 1, (last + 1) >> 1, last].map(
        (at) => values[at] ?? 0,
      )
      return { horizon, trials: values.length, wentOn, best, median: (lower + upper) / 2, worst }
    })
}

export function rungsSection({ objectives, horizon = 'horizon' }: ReportedSweep, rows: RungRow[]): Html {
  const [objective] = objectives
  const table = htmlTable(
    'How far trials came',
    [
      { heading: horizon, number: true },
      { heading: 'trials', number: true },
      { heading: 'went on', number: true },
      { heading: 'best', number: true },
      { heading: 'median', number: true },
      { heading: 'worst', number: true },
    ],
    rows.map((row) => ({
      cells: [
        formatCount(row.horizon),
        formatCount(row.trials),
        formatCount(row.wentOn),
        ...[row.best, row.median, row.worst].map((value) => formatNumber(value)),
      ],
    })),
  )
  const curves = [
    curveOf('median, between best and worst', rows, ({ median }) => median),
    curveOf('best', rows, ({ best }) => best, false),
  ]
  const title = `${objective?.split} ${objective?.metric} by ${horizon}`
  return html`${table}<div class="charts">${chartFigure({ title, stepTitle: horizon, curves })}</div>`
}

function curveOf(name: string, rows: RungRow[], value: (row: RungRow) => number, band = true): Curve {
  const mean = rows.map(value)
  const edge = (pick: (...all: number[]) => number) =>
    band ? rows.map(({ best, worst }) => pick(best, worst)) : mean
  return {
    name,
    step: rows.map(({ horizon }) => horizon),
    seconds: rows.map(() => null),
    mean,
    low: edge(Math.min),
    high: edge(Math.max),
    count: rows.length,
    notFinite: 0,
    last: mean.at(-1) ?? null,
  }
}
