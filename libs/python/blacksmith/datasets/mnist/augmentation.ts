import { z } from '@blacksmith/config'

/** How far a training moves its images about: each one anew at each step, as seed and step say. */
export const augmentation = z
  .object({
    rotation: z.number().min(0).max(180).default(0).describe('Degrees at most, either way'),
    scale: z
      .number()
      .min(0)
      .lt(1)
      .default(0)
      .describe('Share of its size that an image grows or shrinks by at most'),
    shift: z.number().min(0).max(28).default(0).describe('Pixels at most, in either direction'),
    flip: z.boolean().default(false).describe('Whether half of them are mirrored'),
  })
  .prefault({})
