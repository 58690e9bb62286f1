// Builds elements and texts. Whatever comes from a run goes through textContent: it is text, and nothing else.

const { numberText } = require('../../../report/src/page/chart.js')

/** An element with attributes (functions are listeners) and children (strings are text). */
function element(name, attributes = {}, ...children) {
  const made = document.createElement(name)
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === 'function') made.addEventListener(key, value)
    else if (value !== undefined && value !== false) made.setAttribute(key, value === true ? '' : value)
  }
  made.append(...children.filter((child) => child !== undefined && child !== null && child !== false))
  return made
}

/** A table that scrolls sideways by itself; the first cell of a row is its heading. */
function table(caption, columns, rows) {
  const kind = ({ number, whole, wholeOnDesk }) =>
    [number && 'number', whole && 'whole', wholeOnDesk && 'whole-on-desk'].filter(Boolean).join(' ') || false
  const cell = (value, index) =>
    element(index === 0 ? 'th' : 'td', { scope: index === 0 && 'row', class: kind(columns[index]) }, value)
  return element(
    'div',
    { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': caption },
    element(
      'table',
      {},
      element('caption', { class: 'unseen' }, caption),
      element(
        'thead',
        {},
        element(
          'tr',
          {},
          ...columns.map((column) => element('th', { scope: 'col', class: kind(column) }, column.heading)),
        ),
      ),
      element('tbody', {}, ...rows.map((row) => element('tr', {}, ...row.map(cell)))),
    ),
  )
}

function durationText(seconds) {
  if (!Number.isFinite(seconds) || seconds < 0) return ''
  if (seconds < 60) return `${Math.round(seconds)} s`
  const two = (value) => String(Math.floor(value)).padStart(2, '0')
  if (seconds < 3600) return `${Math.floor(seconds / 60)}:${two(seconds % 60)}`
  return `${Math.floor(seconds / 3600)}:${two((seconds % 3600) / 60)}:${two(seconds % 60)}`
}

function bytesText(bytes) {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB']
  let value = bytes
  let unit = 0
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000
    unit += 1
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]}`
}

/** A moment to the minute, in UTC as in reports; nothing where it is not known. */
function momentText(moment) {
  const date = new Date(moment)
  return Number.isNaN(date.getTime()) ? '' : date.toISOString().slice(0, 16).replace('T', ' ')
}

/** Plain facts of any shape as text; what nobody reports is empty, never shown as 0. */
function factText(value) {
  if (value === null || value === undefined) return ''
  if (typeof value === 'number') return numberText(value)
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

/** A table of facts whose columns are the fields that any of the rows has. */
function factTable(caption, rows) {
  const given = (field) => rows.some((row) => factText(row[field]) !== '')
  const fields = [...new Set(rows.flatMap((row) => Object.keys(row)))].filter(given)
  const heading = (field) => field.replaceAll('_', ' ')
  const columns = fields.map((field) => ({
    heading: heading(field),
    number: rows.every((row) => typeof row[field] === 'number'),
  }))
  return table(
    caption,
    columns,
    rows.map((row) => fields.map((field) => factText(row[field]))),
  )
}

module.exports = { element, table, durationText, bytesText, momentText, factText, factTable }
