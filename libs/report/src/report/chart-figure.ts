import { formatCount, formatDuration } from '@blacksmith/text'
import { type Chart, drawChart, numberText } from '../page/chart.js'
import { Html, html } from '../page/html'
import { htmlTable } from '../page/table'

/** A table below a chart is for reading, and this many rows of each curve are enough for that. */
const mostRows = 40

/**
 * A chart as a figure: a picture that needs no script, its legend, the data of the picture for the page's script,
 * and a table of the same data for whoever cannot or does not want to look at a picture.
 */
export function chartFigure(chart: Chart): Html {
  const picture = drawChart(chart, { width: 640, height: 280, axis: 'step', log: false })
  return html`<figure class="chart"><figcaption>${chart.title}</figcaption>
${chart.curves.length > 0 && legend(chart)}
<div class="picture">${new Html(picture)}</div>
<script type="application/json">${new Html(scriptJson(chart))}</script>
<details><summary>Data of “${chart.title}”</summary>${dataTable(chart)}</details>
</figure>`
}

/** The reader's choices for all charts of a page; shown by the page's script only. */
export function chartChoices(hasTime: boolean): Html {
  const choice = (name: string, value: string, label: string, checked: boolean) =>
    html`<label><input type="radio" name="${name}" value="${value}"${checked && html` checked`}>${label}</label>`
  return html`<div class="choices" hidden>
${
  hasTime &&
  html`<fieldset><legend>Against</legend>${choice('axis', 'step', 'step', true)}${choice('axis', 'seconds', 'time', false)}</fieldset>`
}
<fieldset><legend>Scale</legend>${choice('scale', 'linear', 'linear', true)}${choice('scale', 'log', 'logarithmic', false)}</fieldset>
</div>`
}

function legend({ curves, dots = [] }: Chart): Html {
  return html`<ul class="legend">${curves.map(({ name }, index) => {
    const path = dots.includes(name)
      ? html`<path class="line s${index % 8} dots" d="M14 5h0"/>`
      : html`<line class="line s${index % 8}" x1="0" x2="28" y1="5" y2="5"/>`
    return html`<li><svg width="28" height="10" aria-hidden="true">${path}</svg>${name}</li>`
  })}</ul>`
}

function dataTable(chart: Chart): Html {
  const rows = chart.curves.flatMap((curve) => chosen(curve.step.length).map((at) => ({ curve, at })))
  rows.sort((a, b) => (a.curve.step[a.at] as number) - (b.curve.step[b.at] as number))
  const hasTime = chart.curves.some((curve) => curve.seconds.some((value) => value !== null))
  const stepTitle = chart.stepTitle ?? 'step'
  const total = chart.curves.reduce((sum, curve) => sum + curve.count, 0)
  const caption = `${chart.title}: ${formatCount(rows.length)} rows that stand for ${formatCount(total)} values`
  return htmlTable(
    caption,
    [
      { heading: stepTitle, number: true },
      ...(hasTime ? [{ heading: 'time', number: true }] : []),
      { heading: 'curve' },
      { heading: 'mean', number: true },
      { heading: 'lowest', number: true },
      { heading: 'highest', number: true },
    ],
    rows.map(({ curve, at }) => {
      const seconds = curve.seconds[at]
      const time = seconds === null || seconds === undefined ? '' : formatDuration(seconds)
      const value = (each: number | null | undefined) =>
        each === null || each === undefined ? 'none' : numberText(each)
      const values = [curve.mean[at], curve.low[at], curve.high[at]].map(value)
      return {
        cells: [numberText(curve.step[at] as number), ...(hasTime ? [time] : []), curve.name, ...values],
      }
    }),
  )
}

/** Positions spread evenly, the first and the last among them. */
function chosen(length: number): number[] {
  if (length <= mostRows) return Array.from({ length }, (_, index) => index)
  return Array.from({ length: mostRows }, (_, index) => Math.round((index * (length - 1)) / (mostRows - 1)))
}

/** JSON that can stand inside a script element: no `<`, so that nothing in it can end the element. */
export function scriptJson(value: unknown): string {
  return JSON.stringify(value).replace(/</g, '\\u003c')
}
