import { formatNumber, textTable } from '@blacksmith/text'
import { spreadText } from '../compare/format-comparison'
import type { Parity } from './parity'

/** Parity as a table, with the verdict as its last line. */
export function formatParity(parity: Parity): string {
  const rows = parity.rows.map((row) => [
    row.metric,
    row.kind,
    spreadText(row.value),
    spreadText(row.reference),
    row.difference === undefined ? '' : `${row.difference > 0 ? '+' : ''}${formatNumber(row.difference, 3)}`,
    `± ${formatNumber(row.allowed, 3)}`,
    row.within ? 'within' : 'outside',
  ])
  const headings = ['metric', 'device', 'value', `on ${parity.reference}`, 'difference', 'allowed', 'verdict']
  const table = textTable(
    headings.map((heading) => ({ heading })),
    rows,
  )
  const overlays =
    parity.overlays.length === 0
      ? []
      : [`The kinds also differ in these parameters: ${parity.overlays.join(', ')}`]
  const outside = parity.rows.filter(({ within }) => !within).length
  const verdict = parity.holds
    ? `parity holds between ${parity.kinds.join(', ')}`
    : `parity does not hold: ${outside} of ${parity.rows.length} outside the tolerance`
  return [table, ...overlays, verdict].join('\n')
}
