import { z } from '@blacksmith/config'

/** A multi-layer perceptron; the numbers of inputs and classes follow from the data. */
export const mlp = z.object({
  hidden: z.array(z.int().min(1).max(65536)).default([512, 512]).describe('Sizes of the hidden layers'),
  dropout: z.number().min(0).lt(1).default(0).describe('Share of hidden values dropped in training'),
})
