import { z } from 'zod'
import { Html, html, type Value } from '../page/html'
import { dataUri, type ReadPicture } from './picture'

/** A kind of block: what an experiment may say of one in report.json, and how it is shown. */
export interface BlockKind<T extends Titled = Titled> {
  schema: z.ZodType<T>
  /** Markup of what stands below the title and the note. */
  show(block: T, read: ReadPicture): Promise<Value> | Value
}

/** What every block has. */
export interface Titled {
  title: string
  note?: string | undefined
}

/** Of every kind's schema. */
export const titled = {
  title: z.string().min(1),
  /** A sentence below the title: what is shown, and how to read it. */
  note: z.string().optional(),
}

/**
 * A picture beside report.json, by a path relative to it: PNG, JPEG, GIF or WebP, or one picture of a tensor of bytes
 * as `mistakes.safetensors#images/3`.
 */
export const picture = z.strictObject({
  image: z.string().min(1),
  /** What the picture shows, for those who do not see it. */
  alt: z.string(),
})
export type Picture = z.infer<typeof picture>

/** Markup of a picture, or of the words for it where it cannot be shown. */
export async function showPicture({ image, alt }: Picture, read: ReadPicture): Promise<Html> {
  return imageElement(await read(image), alt)
}

/** Markup of a picture that has been read. */
export function imageElement(found: Awaited<ReturnType<ReadPicture>>, alt: string): Html {
  if (found === undefined) return html`<span class="quiet">(no picture: ${alt})</span>`
  // Base64 has nothing to escape, and escaping would cut a long text.
  const source = new Html(dataUri(found.type, found.bytes))
  return html`<img src="${source}" alt="${alt}">`
}

/** Frames beside each other; the page's script shows one at a time. */
export function strip(title: string, frames: (readonly Value[])[]): Html {
  const figures = frames.map(
    ([shown, caption]) => html`<figure>${shown}<figcaption>${caption}</figcaption></figure>`,
  )
  return html`<div class="frames" data-title="${title}" tabindex="0" role="region" aria-label="${title}">${figures}</div>`
}

/** One after the other: pictures are read in the order of the page, so that those that no longer fit are its last. */
export async function inOrder<T, U>(items: readonly T[], map: (item: T) => Promise<U>): Promise<U[]> {
  const mapped: U[] = []
  for (const item of items) mapped.push(await map(item))
  return mapped
}
