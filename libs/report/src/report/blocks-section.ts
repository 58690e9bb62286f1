import { readPicture } from '../blocks/picture'
import type { Block, Cell, Picture } from '../blocks/schema'
import { type Html, html, type Value } from '../page/html'
import { formatBytes, formatNumber } from '../text/units'
import { matrixTable } from './matrix-table'
import { htmlTable } from './table'

/** All pictures of a page together; beyond it a page is no longer something to send to a colleague. */
const mostPictureBytes = 24_000_000

/** The experiment's own part of the report, with the problems of pictures that could not be shown. */
export async function blocksSection(
  directory: string,
  blocks: Block[],
): Promise<{ section: Html; problems: string[] }> {
  const problems: string[] = []
  let left = mostPictureBytes
  const picture = async ({ image, alt }: Picture): Promise<Html> => {
    const read = await readPicture(directory, image)
    if (read.ok && read.bytes <= left) {
      left -= read.bytes
      return html`<img src="${read.dataUri}" alt="${alt}" loading="lazy">`
    }
    problems.push(
      read.ok
        ? `${image}: the pictures of this page are over ${formatBytes(mostPictureBytes)}`
        : read.problem,
    )
    return html`<span class="quiet">(no picture: ${alt})</span>`
  }
  const parts: Html[] = []
  for (const block of blocks) {
    parts.push(
      html`<h3>${block.title}</h3>${block.note && html`<p class="note">${block.note}</p>`}${await body(block, picture)}`,
    )
  }
  return { section: html`${parts}`, problems }
}

type ShowPicture = (picture: Picture) => Promise<Html>

async function body(block: Block, picture: ShowPicture): Promise<Value> {
  switch (block.kind) {
    case 'images': {
      const figures = await inOrder(block.images, async (image) => {
        const shown = await picture(image)
        return html`<figure>${shown}${image.caption && html`<figcaption>${image.caption}</figcaption>`}</figure>`
      })
      return html`<div class="gallery${block.pixelated && ' pixelated'}">${figures}</div>`
    }
    case 'frames': {
      const figures = await inOrder(block.frames, async (frame) => {
        return html`<figure>${await picture(frame)}<figcaption>${frame.alt}</figcaption></figure>`
      })
      return html`<div class="frames" data-title="${block.title}" tabindex="0" role="region" aria-label="${block.title}">${figures}</div>`
    }
    case 'table': {
      const number = (index: number) =>
        block.rows.length > 0 && block.rows.every((row) => typeof row[index] === 'number')
      const rows = await inOrder(block.rows, async (row) => ({
        cells: await inOrder(row, (each) => cell(each, picture)),
      }))
      const columns = block.columns.map((heading, index) => ({ heading, number: number(index) }))
      return htmlTable(block.title, columns, rows, { captionSeen: false })
    }
    case 'matrix':
      return matrixTable(block)
  }
}

async function cell(value: Cell, picture: ShowPicture): Promise<Value> {
  if (value === null) return ''
  if (typeof value === 'object') return picture(value)
  if (typeof value === 'number') return formatNumber(value)
  return typeof value === 'boolean' ? (value ? 'yes' : 'no') : value
}

/** One after the other: pictures are read in the order of the page, so that those that no longer fit are its last. */
async function inOrder<T, U>(items: readonly T[], map: (item: T) => Promise<U>): Promise<U[]> {
  const mapped: U[] = []
  for (const item of items) mapped.push(await map(item))
  return mapped
}
