import type { Chart } from '../page/chart.js'
import type { Repeats } from './repeats'

/** A chart with more curves than this shows nothing any more; the tables have all runs. */
const mostCurves = 16

/** The curves of all runs in one chart for each metric and split. */
export function overlayCurves(columns: Repeats[]): { charts: Chart[]; leftOut: number } {
  const charts = new Map<string, Chart>()
  let leftOut = 0
  for (const column of columns) {
    for (const [index, run] of column.runs.entries()) {
      const repeat = column.runs.length > 1 ? `, ${seedText(column.seeds[index], index)}` : ''
      for (const { metric, curves } of run.curves) {
        for (const curve of curves) {
          const title = `${curve.name} ${metric}`
          const chart = charts.get(title) ?? { title, curves: [] }
          charts.set(title, chart)
          if (chart.curves.length < mostCurves) chart.curves.push({ ...curve, name: column.name + repeat })
          else leftOut += 1
        }
      }
    }
  }
  return { charts: [...charts.values()], leftOut }
}

function seedText(seed: unknown, index: number): string {
  return seed === undefined ? `run ${index + 1}` : `seed ${String(seed)}`
}
