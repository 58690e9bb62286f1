import { role, z } from '@blacksmith/config'

const count = (views: number) => z.int().min(1).max(10_000).default(views)

/** Views of a scene with their cameras, in the format of the NeRF paper's Blender scenes. */
export const blender = z.object({
  variant: z
    .enum(['smithy', 'chair', 'drums', 'ficus', 'hotdog', 'lego', 'materials', 'mic', 'ship'])
    .default('smithy')
    .describe('A scene of our own, rendered by prepare-data, or one of the eight synthetic scenes'),
  path: role('location', z.string().min(1).nullable())
    .default(null)
    .describe('A folder of your own with transforms_train.json, transforms_test.json and RGBA images'),
  size: z
    .int()
    .min(16)
    .max(4096)
    .nullable()
    .default(128)
    .describe('Side of the square images in pixels; larger ones are averaged down to it. null: as they are'),
  views: z
    .object({ train: count(80), val: count(10), test: count(20) })
    .prefault({})
    .describe('How many views of our own scene are rendered'),
})
