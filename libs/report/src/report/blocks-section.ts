import { formatBytes } from '@blacksmith/text'
import { type ReadPicture, readPicture } from '../blocks/picture'
import type { Block } from '../blocks/read-blocks'
import { type Html, html } from '../page/html'

/** All pictures of a page together; beyond it a page is no longer something to send to a colleague. */
const mostPictureBytes = 24_000_000

/** The experiment's own part of the report, with the problems of pictures that could not be shown. */
export async function blocksSection(
  directory: string,
  blocks: Block[],
): Promise<{ section: Html; problems: string[] }> {
  const problems: string[] = []
  let left = mostPictureBytes
  const read: ReadPicture = async (image) => {
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
      html`<h3>${block.title}</h3>${block.note && html`<p class="note">${block.note}</p>`}${await block.show(read)}`,
    )
  }
  return { section: html`${parts}`, problems }
}
