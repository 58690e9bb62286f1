import { formatCount } from '@blacksmith/text'
import { type Html, html } from '../page/html'
import type { MetricCurves, RunMetrics } from '../series/read-metrics'
import { chartChoices, chartFigure } from './chart-figure'

/** The curves of a training, each split in the chart of its metric. */
export function curvesSection({ metrics, lines, unreadable, leftOut }: RunMetrics): Html {
  const hasTime = metrics.some(({ curves }) =>
    curves.some(({ seconds }) => seconds.some((each) => each !== null)),
  )
  const notFinite = metrics.flatMap(({ curves }) => curves).reduce((sum, curve) => sum + curve.notFinite, 0)
  return html`<p class="quiet">${formatCount(lines)} records. Where a point stands for several, the line is their mean and the band reaches from the lowest to the highest.</p>
${notFinite > 0 && html`<p class="note">${formatCount(notFinite)} values were not finite and leave gaps.</p>`}
${unreadable > 0 && html`<p class="note">${formatCount(unreadable)} lines of metrics.jsonl could not be read.</p>`}
${leftOut > 0 && html`<p class="note">${formatCount(leftOut)} more curves are in metrics.jsonl; a page cannot show so many.</p>`}
${chartChoices(hasTime)}
<div class="charts">${lossFirst(metrics).map(({ metric, curves }) => chartFigure({ title: metric, curves }))}</div>`
}

/** The devices' own measurements against the seconds of the run. */
export function telemetrySection(telemetry: MetricCurves[]): Html {
  return html`<div class="charts">${telemetry.map(({ metric, curves }) =>
    chartFigure({ title: metric.replaceAll('_', ' '), stepTitle: 'seconds', curves }),
  )}</div>`
}

function lossFirst(metrics: MetricCurves[]): MetricCurves[] {
  return [...metrics].sort((a, b) => Number(b.metric === 'loss') - Number(a.metric === 'loss'))
}
