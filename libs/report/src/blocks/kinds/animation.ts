import { z } from 'zod'
import { html } from '../../page/html'
import { framesOf } from '../animation'
import { type BlockKind, imageElement, picture, strip, titled } from '../block-kind'

const schema = z.strictObject({
  kind: z.literal('animation'),
  ...titled,
  /** An animated PNG with whole frames; the reader turns them one by one. */
  image: picture.shape.image,
  alt: picture.shape.alt,
})

/** The frames of an animated picture; one that has none is shown as it is. */
export const animation: BlockKind<z.infer<typeof schema>> = {
  schema,
  async show({ title, image, alt }, read) {
    const found = await read(image)
    const frames = found && framesOf(found.bytes)
    if (frames === undefined || frames.length < 2) return html`<figure>${imageElement(found, alt)}</figure>`
    const name = (index: number) => `${alt}, ${index + 1} of ${frames.length}`
    return strip(
      title,
      frames.map((bytes, index) => [imageElement({ type: 'image/png', bytes }, name(index)), name(index)]),
    )
  },
}
