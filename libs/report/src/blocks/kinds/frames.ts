import { z } from 'zod'
import { type BlockKind, inOrder, picture, showPicture, strip, titled } from '../block-kind'

const schema = z.strictObject({
  kind: z.literal('frames'),
  ...titled,
  frames: z.array(picture).min(1),
})

/** Pictures of which the reader sees one at a time. */
export const frames: BlockKind<z.infer<typeof schema>> = {
  schema,
  async show(block, read) {
    return strip(
      block.title,
      await inOrder(block.frames, async (frame) => [await showPicture(frame, read), frame.alt]),
    )
  },
}
