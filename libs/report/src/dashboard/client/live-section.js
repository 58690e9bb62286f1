// The runs that go on now: a card each, with its curves as they grow and the end of its log.

const { numberText } = require('../../page/chart.js')
const { liveChart } = require('../../page/live-chart.js')
const { durationText, element, factText, table } = require('./elements.js')

const stateTexts = {
  running: 'running',
  failed: 'failed',
  interrupted: 'interrupted; the same command goes on from its checkpoint',
}

/** Shows live runs in `place`; `load(id)` asks for a run's curves and log. */
function liveSection(place, choices, load) {
  const cards = new Map()
  return {
    update(runs) {
      for (const [id, card] of cards) {
        if (runs.some((run) => run.id === id)) continue
        card.remove()
        cards.delete(id)
      }
      place.querySelector(':scope > p')?.remove()
      if (runs.length === 0) place.append(element('p', { class: 'quiet' }, 'Nothing is running.'))
      for (const run of runs) {
        if (!cards.has(run.id)) cards.set(run.id, liveCard(place, run, choices, load))
        cards.get(run.id).update(run)
      }
    },
    redraw() {
      for (const card of cards.values()) card.redraw()
    },
  }
}

function liveCard(place, first, choices, load) {
  const name = `${first.project}:${first.target}${first.configuration === 'default' ? '' : ` (${first.configuration})`}`
  const bar = element('progress', { 'aria-label': `Progress of ${name}` })
  const facts = element('p', { class: 'facts-line' })
  const chartPlace = element('div', { class: 'charts' })
  const devicePlace = element('div', { class: 'charts' })
  const devices = element(
    'details',
    { hidden: true, toggle: () => redraw() },
    element('summary', {}, 'Device telemetry'),
    devicePlace,
  )
  const log = element('pre', { tabindex: '0', role: 'region', 'aria-label': `Log of ${name}` })
  const root = element(
    'article',
    { class: 'live', 'aria-label': name },
    element('h3', {}, name),
    facts,
    bar,
    chartPlace,
    devices,
    element('details', {}, element('summary', {}, 'Log'), log),
  )
  place.append(root)
  /** By the place of a chart and its title: a metric may be named like a measurement. */
  const charts = new Map([chartPlace, devicePlace].map((each) => [each, new Map()]))
  let newest = -1
  let shown = -1
  let loadedAt = 0
  let timer
  let loading = false

  // A hidden page needs no curves, and nobody can see more than one new picture in two seconds; the last news are
  // never left out, since none may follow.
  const refresh = async () => {
    clearTimeout(timer)
    timer = undefined
    if (loading || document.hidden || newest === shown || !root.isConnected) return
    const wait = loadedAt + 2000 - Date.now()
    if (wait > 0) {
      timer = setTimeout(refresh, wait)
      return
    }
    const wanted = newest
    loading = true
    try {
      const { metrics, telemetry, log: lines } = await load(first.id)
      shown = wanted
      for (const { metric, curves } of metrics) showChart(chartPlace, { title: metric, curves })
      for (const { metric, curves } of telemetry) {
        showChart(devicePlace, { title: metric.replaceAll('_', ' '), stepTitle: 'seconds', curves })
      }
      devices.hidden = telemetry.length === 0
      const atEnd = log.scrollTop + log.clientHeight >= log.scrollHeight - 4
      log.textContent = lines.length > 0 ? lines.join('\n') : 'The log is empty.'
      if (atEnd) log.scrollTop = log.scrollHeight
    } catch {
      // The run has ended, or the server has: the next news says which.
    }
    loadedAt = Date.now()
    loading = false
    timer ??= setTimeout(refresh, 2000)
  }
  const redraw = () => {
    for (const place of charts.values()) for (const update of place.values()) update()
  }
  const gone = new AbortController()
  document.addEventListener('visibilitychange', () => void refresh(), { signal: gone.signal })

  const showChart = (place, chart) => {
    const known = charts.get(place).get(chart.title)
    if (known) known(chart)
    else charts.get(place).set(chart.title, chartCard(place, chart, choices))
  }

  return {
    remove() {
      root.remove()
      gone.abort()
    },
    update(run) {
      facts.textContent = factsOf(run).join(' · ')
      root.classList.toggle('stopped', run.state !== 'running')
      const whole = run.step?.of
      if (whole) {
        bar.max = whole
        bar.value = run.step.at
      } else bar.removeAttribute('value')
      newest = run.updated
      if (timer === undefined) void refresh()
    },
    redraw,
  }
}

function factsOf(run) {
  const counter = (name, each) =>
    each && `${name} ${numberText(each.at)}${each.of ? ` of ${numberText(each.of)}` : ''}`
  return [
    run.failure ? `failed: ${run.failure.message}` : stateTexts[run.state],
    counter('epoch', run.epoch),
    counter('step', run.step),
    ...Object.entries(run.metrics)
      .slice(0, 6)
      .map(([name, value]) => `${name} ${factText(value)}`),
    run.rate && `${numberText(Math.round(run.rate.perSecond * 10) / 10)} ${run.rate.unit}/s`,
    run.state === 'running' && run.seconds_left !== undefined && `${durationText(run.seconds_left)} left`,
    run.device,
    run.temperature !== undefined && `${Math.round(run.temperature)} °C`,
  ].filter(Boolean)
}

/** A chart with its table; returns the function that shows newer values. */
function chartCard(place, first, choices) {
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
  place.append(figure)
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
    if (!figure.querySelector('details').open) return
    const columns = [
      { heading: first.stepTitle ?? 'step', number: true },
      { heading: 'curve' },
      ...['mean', 'lowest', 'highest'].map((heading) => ({ heading, number: true })),
    ]
    const all = chart.curves.flatMap((curve) => spread(curve.step.length, 40).map((at) => ({ curve, at })))
    all.sort((a, b) => a.curve.step[a.at] - b.curve.step[b.at])
    const value = (each) => (each === null ? 'none' : numberText(each))
    rows.replaceChildren(
      table(
        `Data of ${chart.title}`,
        columns,
        all.map(({ curve, at }) => [
          numberText(curve.step[at]),
          curve.name,
          value(curve.mean[at]),
          value(curve.low[at]),
          value(curve.high[at]),
        ]),
      ),
    )
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

/** At most `most` positions of `length`, evenly spread, the first and the last among them. */
function spread(length, most) {
  if (length <= most) return Array.from({ length }, (_, index) => index)
  return Array.from({ length: most }, (_, index) => Math.round((index * (length - 1)) / (most - 1)))
}

module.exports = { liveSection }
