// The runs of the past: searched, filtered and ordered by the server, fifty at a time.

const { bytesText, durationText, element, factText, momentText, table } = require('./elements.js')
const { overridesList, runName } = require('./run-words.js')

const pageSize = 50
const mostShown = 200

/** Shows the list; `ask(parameters)` asks the server, `open(path)` opens one of its pages. */
function runsSection(ask, open) {
  const form = /** @type {HTMLFormElement} */ (document.getElementById('search'))
  const container = document.getElementById('runs')
  const found = document.getElementById('found')
  const more = document.getElementById('more')
  const compare = /** @type {HTMLButtonElement} */ (document.getElementById('compare'))
  const chosen = new Set()
  let shown = pageSize
  let asked = 0
  let answered = ''

  const show = async () => {
    asked += 1
    const mine = asked
    const parameters = new URLSearchParams(fieldsOf(form))
    parameters.set('count', String(shown))
    const page = await ask(parameters)
    // Answers may overtake each other; only the one to the last question counts.
    if (mine !== asked) return
    options(form, 'project', page.projects, 'all')
    orders(form, page.metrics)
    found.textContent = foundText(page, shown)
    more.hidden = page.runs.length >= page.total || shown >= mostShown
    // A list that is as it was keeps the reader's place.
    const answer = JSON.stringify(page.runs)
    if (answer === answered) return
    answered = answer
    const focused =
      container.contains(document.activeElement) && document.activeElement.getAttribute('aria-label')
    container.replaceChildren(
      page.runs.length > 0
        ? list(page.runs, choice)
        : element('p', { class: 'quiet' }, 'No run is like that.'),
    )
    const again = /** @type {HTMLElement | null} */ (
      focused && container.querySelector(`[aria-label="${CSS.escape(focused)}"]`)
    )
    again?.focus()
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

  let timer
  const later = () => {
    clearTimeout(timer)
    timer = setTimeout(() => void show().catch(() => undefined), 150)
  }
  form.addEventListener('input', () => {
    shown = pageSize
    keepInAddress(form)
    later()
  })
  form.addEventListener('submit', (event) => event.preventDefault())
  more.addEventListener('click', () => {
    shown += pageSize
    later()
  })
  compare.addEventListener('click', () => open(`compare?${[...chosen].map((key) => `run=${key}`).join('&')}`))
  takeFromAddress(form)
  later()
  return { refresh: later }
}

function foundText({ total, bytes, complete, runs }, shown) {
  const counted = `${total.toLocaleString('en')} ${total === 1 ? 'run' : 'runs'}, ${bytesText(bytes)}`
  const cut = shown >= mostShown && runs.length < total
  return [
    counted,
    !complete && ', still reading',
    cut && `; the first ${runs.length} are shown, a search finds the others`,
  ]
    .filter(Boolean)
    .join('')
}

function list(runs, choice) {
  const judged = runs.map((run) => Object.keys(run.metrics)).filter((names) => names.length > 0)
  // Where experiments are mixed, columns of their own metrics would be empty for most.
  const shared = (judged[0] ?? []).filter((name) => judged.every((names) => names.includes(name))).slice(0, 4)
  const mixed = judged.some((names) => names.length > shared.length)
  const columns = [
    { heading: 'run', whole: true },
    { heading: 'experiment and overrides' },
    ...shared.map((name) => ({ heading: breakable(name), number: true })),
    ...(mixed ? [{ heading: shared.length > 0 ? 'more results' : 'results' }] : []),
    { heading: 'started (UTC)', wholeOnDesk: true },
    { heading: 'took', number: true, whole: true },
    { heading: 'device', wholeOnDesk: true },
    { heading: 'size', number: true, whole: true },
  ]
  return table(
    'List of past runs',
    columns,
    runs.map((run) => [
      choice(run),
      element('span', {}, runName(run), ' ', overridesList(run.overrides) ?? ''),
      ...shared.map((metric) => (metric in run.metrics ? factText(run.metrics[metric]) : '')),
      ...(mixed ? [resultsText(run, shared)] : []),
      unbroken(momentText(run.started)),
      durationText(run.seconds),
      run.device,
      bytesText(run.bytes),
    ]),
  )
}

/** A date and a time, each of which stays whole in a narrow column. */
function unbroken(text) {
  const words = text.split(' ').map((word) => element('span', { class: 'whole' }, word))
  return element('span', {}, ...words.flatMap((word) => [word, ' ']))
}

/** A name of a metric, which may be broken behind its own marks only. */
function breakable(name) {
  const parts = name.split(/(?<=[_/.-])/)
  return element('span', {}, ...parts.flatMap((part) => [part, element('wbr')]))
}

/** The first of a run's results that have no column of their own. */
function resultsText(run, shared) {
  const own = Object.entries(run.metrics).filter(([name]) => !shared.includes(name))
  return own
    .slice(0, 2)
    .map(([name, value]) => `${name} ${factText(value)}`)
    .join(', ')
}

/** Fills a choice without losing what is chosen. */
function options(form, name, values, first) {
  const select = /** @type {HTMLSelectElement} */ (form.elements.namedItem(name))
  const { value } = select
  const offered = ['', ...new Set([...values, value].filter(Boolean))]
  if ([...select.options].map((option) => option.value).join('\n') === offered.join('\n')) return
  select.replaceChildren(...offered.map((each) => element('option', { value: each }, each || first)))
  select.value = value
}

function orders(form, metrics) {
  const select = /** @type {HTMLSelectElement} */ (form.elements.namedItem('sort'))
  for (const metric of metrics) {
    const known = [...select.options].find((option) => option.value === metric)
    if (known?.textContent === metric) known.textContent = `highest ${metric}`
    if (!known) select.append(element('option', { value: metric }, `highest ${metric}`))
  }
}

/** The search stands in the page's address, so that it is there again after a reload and when the reader comes back. */
function keepInAddress(form) {
  const asked = fieldsOf(form).filter(
    ([name, value]) => value !== '' && !(name === 'sort' && value === 'started'),
  )
  const query = new URLSearchParams(asked).toString()
  history.replaceState(null, '', `${location.pathname}${query && `?${query}`}${location.hash}`)
}

function takeFromAddress(form) {
  for (const [name, value] of new URLSearchParams(location.search)) {
    const field = /** @type {HTMLInputElement | HTMLSelectElement | null} */ (form.elements.namedItem(name))
    if (field === null) continue
    // What can be chosen is known only when the server has answered.
    if (field instanceof HTMLSelectElement && ![...field.options].some((option) => option.value === value)) {
      field.append(element('option', { value }, value))
    }
    field.value = value
  }
}

function fieldsOf(form) {
  return [...new FormData(form)].map(([name, value]) => [name, String(value)])
}

module.exports = { runsSection }
