import { plainLine } from './plain'
import { displayWidth, pad } from './width'

/** A column of a text table: its heading, and the side on which its cells stand. */
export interface Column {
  heading: string
  align?: 'left' | 'right'
}

/** Rows under headings, columns two spaces apart; cells from outside are made printable. */
export function textTable(columns: Column[], rows: string[][]): string {
  const cells = [columns.map((column) => column.heading), ...rows.map((row) => row.map(plainLine))]
  const widths = columns.map((_, index) => Math.max(...cells.map((row) => displayWidth(row[index] ?? ''))))
  const line = (row: string[]) =>
    columns
      .map((column, index) => pad(row[index] ?? '', widths[index] ?? 0, column.align))
      .join('  ')
      .trimEnd()
  return cells.map(line).join('\n')
}
