import { z } from 'zod'

/**
 * A picture beside report.json, by a path relative to it: PNG, JPEG, GIF or WebP, or one picture of a tensor of bytes
 * as `mistakes.safetensors#images/3`.
 */
const picture = z.strictObject({
  image: z.string().min(1),
  /** What the picture shows, for those who do not see it. */
  alt: z.string(),
})

const cell = z.union([z.string(), z.number(), z.boolean(), z.null(), picture])

const shared = {
  title: z.string().min(1),
  /** A sentence below the title: what is shown, and how to read it. */
  note: z.string().optional(),
}

const images = z.strictObject({
  kind: z.literal('images'),
  ...shared,
  images: z.array(picture.extend({ caption: z.string().optional() })),
  /** Small pictures are enlarged without smoothing: their pixels are what people look at. */
  pixelated: z.boolean().default(false),
})

const frames = z.strictObject({
  kind: z.literal('frames'),
  ...shared,
  frames: z.array(picture).min(1),
})

const animation = z.strictObject({
  kind: z.literal('animation'),
  ...shared,
  /** An animated PNG with whole frames; the reader turns them one by one. */
  image: picture.shape.image,
  alt: picture.shape.alt,
})

const table = z
  .strictObject({
    kind: z.literal('table'),
    ...shared,
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

const matrix = z
  .strictObject({
    kind: z.literal('matrix'),
    ...shared,
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

/** A part of a report that an experiment makes itself. */
export const block = z.discriminatedUnion('kind', [images, frames, animation, table, matrix])
export type Block = z.infer<typeof block>
export type Picture = z.infer<typeof picture>
export type Cell = z.infer<typeof cell>

/** report.json: what `train` or `evaluate` may leave in its output to be shown in report.html. */
export const blocksFile = z.strictObject({ version: z.literal(1), blocks: z.array(z.unknown()) })
