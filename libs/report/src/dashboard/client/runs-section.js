// The runs of the past: searched, filtered and ordered by the server, fifty at a time.

const { bytesText, durationText, element, factText, momentText, table } = require('./elements.js')

const pageSize = 50

/** The first of a run's results that have no column of their own. */
function resultsText(run, shared) {
  const own = Object.entries(run.metrics).filter(([name]) => !shared.includes(name))
  return own
    .slice(0, 2)
    .map(([name, value]) => `${name} ${factText(value)}`)
    .join(', ')
}

/** Shows the list; `ask(parameters)` asks the server, `open(path)` opens one of its pages. */
function runsSection(ask, open) {
  const form = /** @type {HTMLFormElement} */ (document.getElementById('search'))
  const place = document.getElementById('runs')
  const found = document.getElementById('found')
  const more = document.getElementById('more')
  const compare = /** @type {HTMLButtonElement} */ (document.getElementById('compare'))
  const chosen = new Set()
  let shown = pageSize
  let asked = 0

  const show = async () => {
    asked += 1
    const mine = asked
    const fields = new FormData(form)
    const parameters = new URLSearchParams([...fields].map(([name, value]) => [name, String(value)]))
    parameters.set('count', String(Math.min(shown, 200)))
    const page = await ask(parameters)
    // Answers may overtake each other; only the one to the last question counts.
    if (mine !== asked) return
    options('project', page.projects, 'all')
    orders(page.metrics)
    const so = page.complete ? '' : ', still reading'
    const runs = page.total === 1 ? 'run' : 'runs'
    found.textContent = `${page.total.toLocaleString('en')} ${runs}, ${bytesText(page.bytes)}${so}`
    place.replaceChildren(
      page.runs.length > 0 ? list(page.runs) : element('p', { class: 'quiet' }, 'No run is like that.'),
    )
    more.hidden = page.runs.length >= page.total || shown >= 200
  }

  const list = (runs) => {
    const judged = runs.map((run) => Object.keys(run.metrics)).filter((names) => names.length > 0)
    // Where experiments are mixed, columns of their own metrics would be empty for most.
    const shared = (judged[0] ?? [])
      .filter((name) => judged.every((names) => names.includes(name)))
      .slice(0, 4)
    const mixed = judged.some((names) => names.length > shared.length)
    const columns = [
      { heading: 'run' },
      { heading: 'experiment', whole: true },
      { heading: 'overrides' },
      ...shared.map((heading) => ({ heading, number: true })),
      ...(mixed ? [{ heading: shared.length > 0 ? 'more results' : 'results' }] : []),
      { heading: 'started', whole: true },
      { heading: 'took', number: true },
      { heading: 'device', whole: true },
      { heading: 'size', number: true, whole: true },
    ]
    return table(
      'List of past runs',
      columns,
      runs.map((run) => [
        choice(run),
        `${run.project}:${run.target}${run.configuration === 'default' ? '' : ` (${run.configuration})`}`,
        run.overrides.join(' '),
        ...shared.map((metric) => (metric in run.metrics ? factText(run.metrics[metric]) : '')),
        ...(mixed ? [resultsText(run, shared)] : []),
        momentText(run.started),
        durationText(run.seconds),
        run.device,
        bytesText(run.bytes),
      ]),
    )
  }

  const choice = (run) => {
    const box = element('input', {
      type: 'checkbox',
      'aria-label': `Choose run ${run.id}`,
      change: (event) => {
        if (event.target.checked) chosen.add(run.key)
        else chosen.delete(run.key)
        compare.disabled = chosen.size < 2
      },
    })
    box.checked = chosen.has(run.key)
    const link = element('a', { href: `report/${run.key}`, target: '_blank', rel: 'noopener' }, run.id)
    return element('span', { class: 'choice' }, box, link)
  }

  /** Fills a choice without losing what is chosen. */
  const options = (name, values, first) => {
    const select = /** @type {HTMLSelectElement} */ (form.elements.namedItem(name))
    if (select.options.length === values.length + 1) return
    const { value } = select
    select.replaceChildren(
      element('option', { value: '' }, first),
      ...values.map((each) => element('option', { value: each }, each)),
    )
    select.value = value
  }

  const orders = (metrics) => {
    const select = /** @type {HTMLSelectElement} */ (form.elements.namedItem('sort'))
    for (const metric of metrics) {
      if ([...select.options].some((option) => option.value === metric)) continue
      select.append(element('option', { value: metric }, `highest ${metric}`))
    }
  }

  let timer
  const later = () => {
    clearTimeout(timer)
    timer = setTimeout(() => void show().catch(() => undefined), 150)
  }
  form.addEventListener('input', () => {
    shown = pageSize
    later()
  })
  form.addEventListener('submit', (event) => event.preventDefault())
  more.addEventListener('click', () => {
    shown += pageSize
    later()
  })
  compare.addEventListener('click', () => open(`compare?${[...chosen].map((key) => `run=${key}`).join('&')}`))
  later()
  return { refresh: later }
}

module.exports = { runsSection }
