import { formatBytes, formatNumber } from '@blacksmith/text'
import { framesOf } from '../blocks/animation'
import { dataUri, readPicture } from '../blocks/picture'
import type { Block, Cell, Picture } from '../blocks/schema'
import { Html, html, type Value } from '../page/html'
import { matrixTable } from './matrix-table'
import { htmlTable } from './table'

/** All pictures of a page together; beyond it a page is no longer something to send to a colleague. */
const mostPictureBytes = 24_000_000
/** A text of so many characters needs more room than a word. */
const sentenceLength = 24

/** The experiment's own part of the report, with the problems of pictures that could not be shown. */
export async function blocksSection(
  directory: string,
  blocks: Block[],
): Promise<{ section: Html; problems: string[] }> {
  const problems: string[] = []
  let left = mostPictureBytes
  const read = async (image: string): Promise<{ type: string; bytes: Buffer } | undefined> => {
    const found = await readPicture(directory, image)
    if (found.ok && found.bytes.length <= left) {
      left -= found.bytes.length
      return found
    }
    problems.push(
      found.ok
        ? `${image}: the pictures of this page are over ${formatBytes(mostPictureBytes)}`
        : found.problem,
    )
    return undefined
  }
  const parts: Html[] = []
  for (const block of blocks) {
    parts.push(
      html`<h3>${block.title}</h3>${block.note && html`<p class="note">${block.note}</p>`}${await body(block, read)}`,
    )
  }
  return { section: html`${parts}`, problems }
}

type ReadImage = (image: string) => Promise<{ type: string; bytes: Buffer } | undefined>

async function body(block: Block, read: ReadImage): Promise<Value> {
  const picture = async ({ image, alt }: Picture) => imageElement(await read(image), alt)
  switch (block.kind) {
    case 'images': {
      const figures = await inOrder(block.images, async (image) => {
        const caption = image.caption && html`<figcaption>${image.caption}</figcaption>`
        return html`<figure>${await picture(image)}${caption}</figure>`
      })
      return html`<div class="gallery${block.pixelated && ' pixelated'}">${figures}</div>`
    }
    case 'frames':
      return strip(
        block.title,
        await inOrder(block.frames, async (frame) => [await picture(frame), frame.alt]),
      )
    case 'animation': {
      const found = await read(block.image)
      const frames = found && framesOf(found.bytes)
      if (frames === undefined || frames.length < 2)
        return html`<figure>${imageElement(found, block.alt)}</figure>`
      const name = (index: number) => `${block.alt}, ${index + 1} of ${frames.length}`
      return strip(
        block.title,
        frames.map((bytes, index) => [imageElement({ type: 'image/png', bytes }, name(index)), name(index)]),
      )
    }
    case 'table': {
      const number = (index: number) =>
        block.rows.length > 0 && block.rows.every((row) => typeof row[index] === 'number')
      const sentences = (index: number) =>
        block.rows.some((row) => {
          const value = row[index]
          return typeof value === 'string' && value.length >= sentenceLength
        })
      const rows = await inOrder(block.rows, async (row) => ({
        cells: await inOrder(row, (each) => cell(each, picture)),
      }))
      const columns = block.columns.map((heading, index) => ({
        heading,
        number: number(index),
        sentences: sentences(index),
      }))
      return htmlTable(block.title, columns, rows, { captionSeen: false })
    }
    case 'matrix':
      return matrixTable(block)
  }
}

function imageElement(picture: { type: string; bytes: Buffer } | undefined, alt: string): Html {
  if (picture === undefined) return html`<span class="quiet">(no picture: ${alt})</span>`
  // Base64 has nothing to escape, and escaping would cut a long text.
  const source = new Html(dataUri(picture.type, picture.bytes))
  return html`<img src="${source}" alt="${alt}">`
}

/** Frames beside each other; the page's script shows one at a time. */
function strip(title: string, frames: (readonly Value[])[]): Html {
  const figures = frames.map(
    ([shown, caption]) => html`<figure>${shown}<figcaption>${caption}</figcaption></figure>`,
  )
  return html`<div class="frames" data-title="${title}" tabindex="0" role="region" aria-label="${title}">${figures}</div>`
}

async function cell(value: Cell, picture: (picture: Picture) => Promise<Html>): Promise<Value> {
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
