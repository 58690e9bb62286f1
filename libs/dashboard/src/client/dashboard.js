// Listens to the server and hands its news to the sections.

const { followChoices } = require('../../../report/src/page/live-chart.js')
const { element, factTable } = require('./elements.js')
const { liveSection } = require('./live-section.js')
const { runsSection } = require('./runs-section.js')
const { stoppedSection } = require('./stopped-section.js')

/** @type {{ axis: import('../../../report/src/page/chart').Axis, log: boolean }} */
const choices = { axis: 'step', log: false }
const connection = document.getElementById('connection')

const ask = async (path) => {
  const response = await fetch(path)
  if (!response.ok) throw new Error(`${path}: ${response.status}`)
  return response.json()
}

const records = (id) => ask(`live/${id}`)
const live = liveSection(document.getElementById('live-runs'), choices, records)
const stopped = stoppedSection(document.getElementById('stopped-runs'), choices, records)
const past = runsSection(
  (parameters) => ask(`runs?${parameters}`),
  (path) => window.open(path, '_blank', 'noopener'),
)

followChoices(choices, () => {
  live.redraw()
  stopped.redraw()
})

const facts =
  (id, caption, none) =>
  ({ rows = [], problem }) => {
    const said = problem === undefined ? none : `Not known at the moment: ${problem}`
    const shown = rows.length > 0 ? factTable(caption, rows) : element('p', { class: 'quiet' }, said)
    document.getElementById(id).replaceChildren(shown)
  }

const news = new EventSource('events')
const listen = (kind, use) => news.addEventListener(kind, (event) => use(JSON.parse(event.data)))
let liveIds = ''
listen('live', (runs) => {
  live.update(runs)
  const ids = runs.map((run) => run.id).join()
  // A run that is no longer live has become one of the past, a moment later.
  if (ids !== liveIds) past.refresh()
  liveIds = ids
})
listen('stopped', stopped.update)
listen('devices', facts('devices', 'Devices of this machine', 'There are no devices.'))
listen('queue', facts('queue', 'Who waits for a device', 'Nobody waits.'))
listen('index', past.refresh)
listen('changed', past.refresh)
news.addEventListener('open', () => {
  connection.textContent = 'live'
  connection.classList.remove('bad')
})
news.addEventListener('error', () => {
  connection.textContent =
    'The dashboard does not answer; it was ended, or goes on in a moment. What is shown is the last state.'
  connection.classList.add('bad')
})
