import type { Chart } from '../page/chart.js'
import { Series } from '../series/series'
import { judgedValue, type ReportedSweep } from './reported-sweep'

/** By objective: each trial in the order in which it was chosen, and the best until then. */
export function historyCharts({ objectives, trials }: ReportedSweep): Chart[] {
  return objectives.map(({ metric, split, goal }, at) => {
    const series = { best: new Series('best so far'), complete: new Series('trial', 4000) }
    const early = new Series('trial that ended early', 4000)
    const better = goal === 'maximize' ? Math.max : Math.min
    let best: number | undefined
    for (const trial of trials) {
      const value = judgedValue(trial, at)
      if (value === undefined) continue
      if (trial.state === 'complete') {
        best = better(value, best ?? value)
        series.complete.add(trial.number, value)
      } else early.add(trial.number, value)
      if (best !== undefined) series.best.add(trial.number, best)
    }
    const curves = [series.best, series.complete, early].map((each) => each.curve())
    return {
      title: `${split} ${metric}`,
      stepTitle: 'trial',
      curves: curves.filter(({ count }) => count > 0),
      dots: ['trial', 'trial that ended early'],
    }
  })
}
