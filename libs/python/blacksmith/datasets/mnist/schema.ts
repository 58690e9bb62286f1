import { role, z } from '@blacksmith/config'

/** Handwritten digits, or pieces of clothing in the same format: 28×28 grey images of ten classes. */
export const mnist = z
  .object({
    variant: z.enum(['mnist', 'fashion-mnist']).default('mnist').describe('Digits or clothing'),
    source: z
      .enum(['small', 'full'])
      .default('small')
      .describe('10,000 real digits that come with npm ci, or the 70,000 images of the published files'),
    path: role('location', z.string().min(1).nullable())
      .default(null)
      .describe('A folder of your own with the four IDX files, plain or .gz, instead'),
    validation: z
      .int()
      .min(1)
      .default(5000)
      .describe('Images of the training file kept for validation (full and path)'),
  })
  .refine(({ variant, source, path }) => variant === 'mnist' || source === 'full' || path !== null, {
    path: ['source'],
    error: 'the small source has digits only',
    params: { remedy: 'write source: full, or give a dataset.path' },
  })
