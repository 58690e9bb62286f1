import { z } from '@blacksmith/config'

/** A small transformer that foretells the next token of a text. */
export const gpt = z
  .object({
    layers: z.int().min(1).max(1000).default(4).describe('Blocks of attention and MLP'),
    heads: z.int().min(1).max(1000).default(4).describe('Attention heads of a block'),
    width: z.int().min(1).max(65_536).default(128).describe('Width of the residual stream'),
    context: z.int().min(2).max(65_536).default(64).describe('Most tokens that are looked back at'),
    dropout: z.number().min(0).lt(1).default(0).describe('Share of values dropped in training'),
  })
  .superRefine(({ width, heads }, context) => {
    if (width % heads !== 0)
      context.addIssue({
        code: 'custom',
        path: ['width'],
        message: `is not shared out evenly among ${heads} heads`,
        params: { remedy: `make it a multiple of them: ${heads * Math.ceil(width / heads)}` },
      })
  })
