import { z } from 'zod'
import { html } from '../../page/html'
import { type BlockKind, inOrder, picture, showPicture, titled } from '../block-kind'

const schema = z.strictObject({
  kind: z.literal('images'),
  ...titled,
  images: z.array(picture.extend({ caption: z.string().optional() })),
  /** Small pictures are enlarged without smoothing: their pixels are what people look at. */
  pixelated: z.boolean().default(false),
})

/** Pictures beside each other, each with a caption. */
export const images: BlockKind<z.infer<typeof schema>> = {
  schema,
  async show(block, read) {
    const figures = await inOrder(block.images, async (image) => {
      const caption = image.caption && html`<figcaption>${image.caption}</figcaption>`
      return html`<figure>${await showPicture(image, read)}${caption}</figure>`
    })
    return html`<div class="gallery${block.pixelated && ' pixelated'}">${figures}</div>`
  },
}
