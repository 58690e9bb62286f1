// What a run has recorded so far: its curves, the telemetry of its devices and the end of its log.

const { chartCard } = require('./chart-card.js')
const { element } = require('./elements.js')

/** Nobody can see more than one new picture in this time. */
const betweenMs = 2000

/** The records of the run called `name`; `load()` asks for them. They are asked for once `show` was called. */
function runRecords(name, choices, load) {
  const chartArea = element('div', { class: 'charts' })
  const deviceArea = element('div', { class: 'charts' })
  const devices = element(
    'details',
    { hidden: true, toggle: () => redraw() },
    element('summary', {}, 'Device telemetry'),
    deviceArea,
  )
  const log = element('pre', { tabindex: '0', role: 'region', 'aria-label': `Log of ${name}` })
  const root = element(
    'div',
    {},
    chartArea,
    devices,
    element('details', {}, element('summary', {}, 'Log'), log),
  )
  /** By the area of a chart and its title: a metric may be named like a measurement. */
  const charts = new Map([chartArea, deviceArea].map((each) => [each, new Map()]))
  let newest
  let shown
  let loadedAt = 0
  let timer
  let loading = false

  // A hidden page needs no curves; the last news are never left out, since none may follow.
  const refresh = async () => {
    clearTimeout(timer)
    timer = undefined
    if (loading || document.hidden || newest === shown || !root.isConnected) return
    const wait = loadedAt + betweenMs - Date.now()
    if (wait > 0) {
      timer = setTimeout(refresh, wait)
      return
    }
    const wanted = newest
    loading = true
    try {
      const { metrics, telemetry, log: lines } = await load()
      shown = wanted
      for (const { metric, curves } of metrics) showChart(chartArea, { title: metric, curves })
      for (const { metric, curves } of telemetry) {
        showChart(deviceArea, { title: metric.replaceAll('_', ' '), stepTitle: 'seconds', curves })
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
    timer ??= setTimeout(refresh, betweenMs)
  }
  const redraw = () => {
    for (const area of charts.values()) for (const update of area.values()) update()
  }
  const showChart = (area, chart) => {
    const known = charts.get(area).get(chart.title)
    if (known) known(chart)
    else charts.get(area).set(chart.title, chartCard(area, chart, choices))
  }
  const gone = new AbortController()
  document.addEventListener('visibilitychange', () => void refresh(), { signal: gone.signal })

  return {
    root,
    redraw,
    /** Shows what the run has recorded, if `version` is another than the one that is shown. */
    show(version) {
      newest = version
      if (timer === undefined) void refresh()
    },
    end: () => gone.abort(),
  }
}

module.exports = { runRecords }
