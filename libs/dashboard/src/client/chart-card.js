// A chart that grows, with its legend and a table of the same data.

const { numberText } = require('../../../report/src/page/chart.js')
const { liveChart } = require('../../../report/src/page/live-chart.js')
const { element, table } = require('./elements.js')

const mostRows = 40

/** Puts a chart at the end of `container`; returns the function that shows newer values, or draws the same ones anew. */
function chartCard(container, first, choices) {
  const rows = element('div')
  const figure = element(
    'figure',
    { class: 'chart' },
    element('figcaption', {}, first.title),
    element('ul', { class: 'legend' }),
    element('div', { class: 'picture' }),
    element(
      'details',
      { toggle: () => showRows() },
      element('summary', {}, `Data of “${first.title}”`),
      rows,
    ),
  )
  container.append(figure)
  let chart = first
  const live = liveChart(figure, first, choices)
  const showLegend = () => {
    figure.querySelector('.legend').replaceChildren(
      ...chart.curves.map((curve, index) => {
        const item = element('li')
        item.innerHTML = `<svg width="28" height="10" aria-hidden="true"><line class="line s${index % 8}" x1="0" x2="28" y1="5" y2="5"/></svg>`
        item.append(`${curve.name} ${curve.last === null ? '' : numberText(curve.last)}`)
        return item
      }),
    )
  }
  const showRows = () => {
    if (figure.querySelector('details').open) rows.replaceChildren(dataTable(chart))
  }
  showLegend()
  return (next) => {
    if (next === undefined) return live.redraw()
    chart = next
    live.update(next)
    showLegend()
    showRows()
  }
}

function dataTable(chart) {
  const all = chart.curves.flatMap((curve) =>
    spread(curve.step.length, mostRows).map((at) => ({ curve, at })),
  )
  all.sort((a, b) => a.curve.step[a.at] - b.curve.step[b.at])
  const value = (each) => (each === null ? 'none' : numberText(each))
  return table(
    `Data of ${chart.title}`,
    [
      { heading: chart.stepTitle ?? 'step', number: true },
      { heading: 'curve' },
      ...['mean', 'lowest', 'highest'].map((heading) => ({ heading, number: true })),
    ],
    all.map(({ curve, at }) => [
      numberText(curve.step[at]),
      curve.name,
      value(curve.mean[at]),
      value(curve.low[at]),
      value(curve.high[at]),
    ]),
  )
}

/** At most `most` positions of `length`, evenly spread, the first and the last among them. */
function spread(length, most) {
  if (length <= most) return Array.from({ length }, (_, index) => index)
  return Array.from({ length: most }, (_, index) => Math.round((index * (length - 1)) / (most - 1)))
}

module.exports = { chartCard }
