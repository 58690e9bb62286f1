import { z } from '@blacksmith/config'

/** Two convolutions with pooling and a hidden layer, for square grey images. */
export const cnn = z.object({
  channels: z.int().min(1).max(4096).default(16).describe('Of the first convolution; twice as many follow'),
  hidden: z.int().min(1).max(65536).default(128).describe('Size of the hidden layer'),
  dropout: z.number().min(0).lt(1).default(0).describe('Share of hidden values dropped in training'),
})
