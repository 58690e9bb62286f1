// The runs that stopped without a result: a line each, which opens to their records, and which can be dismissed.

const { dismissals } = require('./dismissals.js')
const { element, momentText } = require('./elements.js')
const { runRecords } = require('./run-records.js')
const { counterText, metricTexts, overridesList, runName } = require('./run-words.js')

const shownAtFirst = 8
/** As much of a message as two lines hold; all of it stands where the line opens to. */
const mostOfAMessage = 120

/** Shows stopped runs in `container`, which is hidden while there are none; `load(id)` asks for a run's curves and log. */
function stoppedSection(container, choices, load) {
  const dismissed = dismissals()
  const lines = new Map()
  let runs = []
  let everything = false
  const list = element('ul', { class: 'stopped' })
  const button = (text, click) => element('button', { type: 'button', click }, text)
  const allButton = button('Dismiss all', () => dismiss(runs))
  const moreButton = button('', () => {
    everything = true
    show()
  })
  const backButton = button('', () => {
    dismissed.remove(runs.map(version))
    show()
  })
  container.replaceChildren(
    element('h3', {}, 'Stopped without a result'),
    element(
      'p',
      { class: 'quiet' },
      'The same command goes on from the last checkpoint, where there is one. Dismissed runs are not deleted.',
    ),
    list,
    element('p', { class: 'buttons' }, moreButton, allButton, backButton),
  )

  const dismiss = (these) => {
    dismissed.add(these.map(version))
    show()
  }
  const show = () => {
    const kept = runs.filter((run) => !dismissed.has(version(run)))
    const shown = everything ? kept : kept.slice(0, shownAtFirst)
    for (const [key, line] of lines) {
      if (shown.some((run) => version(run) === key)) continue
      line.remove()
      lines.delete(key)
    }
    shown.forEach((run, index) => {
      const key = version(run)
      if (!lines.has(key))
        lines.set(
          key,
          stoppedLine(run, choices, load, () => dismiss([run])),
        )
      const { root } = lines.get(key)
      const there = list.children[index] ?? null
      if (there !== root) list.insertBefore(root, there)
    })
    container.hidden = runs.length === 0
    label(moreButton, kept.length - shown.length, (count) => `Show ${count} more`)
    label(backButton, runs.length - kept.length, (count) => `Show ${count} dismissed`)
    allButton.hidden = kept.length < 2
  }
  return {
    update(next) {
      runs = next
      show()
    },
    redraw() {
      for (const line of lines.values()) line.redraw()
    },
  }
}

/** A run that was taken up again and stopped once more is another line. */
function version(run) {
  return `${run.id} ${run.updated}`
}

function label(button, count, text) {
  button.hidden = count === 0
  button.textContent = text(count)
}

function stoppedLine(run, choices, load, dismiss) {
  const name = runName(run)
  const [firstLine = '', ...others] = run.failure?.message.split('\n') ?? []
  const records = runRecords(name, choices, () => load(run.id))
  const ended = run.state === 'failed' ? 'failed' : 'interrupted'
  const facts = [
    counterText('epoch', run.epoch),
    counterText('step', run.step),
    `${momentText(run.updated * 1000)} UTC`,
  ]
  const details = element(
    'details',
    { toggle: (event) => event.target === details && details.open && records.show(run.updated) },
    element(
      'summary',
      {},
      element('strong', {}, name),
      ' ',
      overridesList(run.overrides),
      ' ',
      element(
        'span',
        { class: run.state === 'failed' && 'failed' },
        [ended, cut(firstLine)].filter(Boolean).join(': '),
      ),
      element('span', { class: 'quiet' }, ` · ${facts.filter(Boolean).join(' · ')}`),
    ),
    others.length > 0 || cut(firstLine) !== firstLine ? element('pre', {}, run.failure.message) : undefined,
    element('p', { class: 'facts-line' }, [...metricTexts(run), run.device].join(' · ')),
    records.root,
  )
  const root = element(
    'li',
    {},
    details,
    element(
      'button',
      { type: 'button', 'aria-label': `Dismiss ${[name, ...run.overrides].join(' ')}`, click: dismiss },
      'Dismiss',
    ),
  )
  return {
    root,
    redraw: records.redraw,
    remove() {
      root.remove()
      records.end()
    },
  }
}

function cut(text) {
  return text.length > mostOfAMessage ? `${text.slice(0, mostOfAMessage - 1)}…` : text
}

module.exports = { stoppedSection }
