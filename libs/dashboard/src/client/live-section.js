// The runs that go on now: a card each, with its curves as they grow and the end of its log.

const { element } = require('./elements.js')
const { runRecords } = require('./run-records.js')
const { overridesList, progressText, runName } = require('./run-words.js')

/** Shows running runs in `container`; `load(id)` asks for a run's curves and log. */
function liveSection(container, choices, load) {
  const cards = new Map()
  return {
    update(runs) {
      for (const [id, card] of cards) {
        if (runs.some((run) => run.id === id)) continue
        card.remove()
        cards.delete(id)
      }
      container.querySelector(':scope > p')?.remove()
      if (runs.length === 0) container.append(element('p', { class: 'quiet' }, 'Nothing is running.'))
      runs.forEach((run, index) => {
        if (!cards.has(run.id)) cards.set(run.id, liveCard(run, choices, load))
        const card = cards.get(run.id)
        // Only what stands elsewhere is moved: a move costs the reader focus and place.
        const there = container.children[index] ?? null
        if (there !== card.root) container.insertBefore(card.root, there)
        card.update(run)
      })
    },
    redraw() {
      for (const card of cards.values()) card.redraw()
    },
  }
}

function liveCard(first, choices, load) {
  const name = runName(first)
  const bar = element('progress', { 'aria-label': `Progress of ${name}` })
  const facts = element('p', { class: 'facts-line' })
  const records = runRecords(name, choices, () => load(first.id))
  const root = element(
    'article',
    { class: 'live', 'aria-label': [name, ...first.overrides].join(' ') },
    element('h3', {}, name, ' ', overridesList(first.overrides)),
    facts,
    bar,
    records.root,
  )
  return {
    root,
    redraw: records.redraw,
    remove() {
      root.remove()
      records.end()
    },
    update(run) {
      facts.textContent = progressText(run)
      const whole = run.step?.of
      if (whole) {
        bar.max = whole
        bar.value = run.step.at
      } else bar.removeAttribute('value')
      records.show(run.updated)
    },
  }
}

module.exports = { liveSection }
