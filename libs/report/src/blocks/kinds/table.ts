import { formatNumber } from '@blacksmith/text'
import { z } from 'zod'
import type { Value } from '../../page/html'
import { htmlTable } from '../../page/table'
import { type BlockKind, inOrder, picture, showPicture, titled } from '../block-kind'
import type { ReadPicture } from '../picture'

const cell = z.union([z.string(), z.number(), z.boolean(), z.null(), picture])

const schema = z
  .strictObject({
    kind: z.literal('table'),
    ...titled,
    columns: z.array(z.string()).min(1),
    /** As many cells in each row as there are columns. A cell with a picture is `{image, alt}`. */
    rows: z.array(z.array(cell)),
  })
  .superRefine(({ columns, rows }, context) => {
    rows.forEach((row, index) => {
      if (row.length === columns.length) return
      const message = `has ${row.length} cells, and there are ${columns.length} columns`
      context.addIssue({ code: 'custom', path: ['rows', index], message })
    })
  })

/** A text of so many characters needs more room than a word. */
const sentenceLength = 24

/** Rows of numbers, words and pictures. */
export const table: BlockKind<z.infer<typeof schema>> = {
  schema,
  async show({ title, columns, rows }, read) {
    const holds = (index: number, test: (value: unknown) => boolean) => rows.map((row) => test(row[index]))
    const headings = columns.map((heading, index) => ({
      heading,
      number: rows.length > 0 && holds(index, (value) => typeof value === 'number').every(Boolean),
      sentences: holds(index, (value) => typeof value === 'string' && value.length >= sentenceLength).some(
        Boolean,
      ),
    }))
    const shown = await inOrder(rows, async (row) => ({
      cells: await inOrder(row, (value) => showCell(value, read)),
    }))
    return htmlTable(title, headings, shown, { captionSeen: false })
  },
}

async function showCell(value: z.infer<typeof cell>, read: ReadPicture): Promise<Value> {
  if (value === null) return ''
  if (typeof value === 'object') return showPicture(value, read)
  if (typeof value === 'number') return formatNumber(value)
  return typeof value === 'boolean' ? (value ? 'yes' : 'no') : value
}
