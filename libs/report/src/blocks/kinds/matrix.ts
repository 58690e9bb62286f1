import { formatNumber } from '@blacksmith/text'
import { z } from 'zod'
import { type Html, html } from '../../page/html'
import { type BlockKind, titled } from '../block-kind'

const schema = z
  .strictObject({
    kind: z.literal('matrix'),
    ...titled,
    /** What a row and a column stand for: "digit", "read as". */
    row_title: z.string(),
    column_title: z.string(),
    row_labels: z.array(z.string()).min(1),
    column_labels: z.array(z.string()).min(1),
    values: z.array(z.array(z.number().nullable())),
  })
  .superRefine(({ row_labels, column_labels, values }, context) => {
    const fits =
      values.length === row_labels.length && values.every((row) => row.length === column_labels.length)
    if (fits) return
    const message = `has to be ${row_labels.length} rows of ${column_labels.length} numbers, as the labels are`
    context.addIssue({ code: 'custom', path: ['values'], message })
  })

const shades = 8

/**
 * A matrix as a table of numbers with a shade behind each. The shade compares a cell with the others of its row, off
 * the diagonal by the square root, so that rare mistakes are to be seen beside many right answers.
 */
export const matrix: BlockKind<z.infer<typeof schema>> = {
  schema,
  show({ title, row_title, column_title, row_labels, column_labels, values }) {
    return html`<div class="scroll" tabindex="0" role="region" aria-label="${title}"><table class="matrix"><caption class="unseen">${title}: rows “${row_title}”, columns “${column_title}”</caption>
<thead><tr><th scope="col" class="corner">${column_title} →<br>${row_title} ↓</th>${column_labels.map((label) => html`<th scope="col">${label}</th>`)}</tr></thead>
<tbody>${values.map((row, index) => {
      const largest = Math.max(0, ...row.map((value) => value ?? 0))
      return html`<tr><th scope="row">${row_labels[index]}</th>${row.map((value, column) => cell(value, largest, row_labels[index] === column_labels[column]))}</tr>\n`
    })}</tbody></table></div>`
  },
}

function cell(value: number | null, largest: number, diagonal: boolean): Html {
  if (value === null) return html`<td></td>`
  const shade = value > 0 && largest > 0 ? Math.max(1, Math.round(Math.sqrt(value / largest) * shades)) : 0
  return html`<td class="${shade > 0 && `h${shade}`}${diagonal && ' diagonal'}">${formatNumber(value)}</td>`
}
