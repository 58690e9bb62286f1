import { z } from '@blacksmith/config'

const size = (value: number) => z.int().min(1).max(1_000_000).default(value)
const projections = ['q_proj', 'k_proj', 'v_proj', 'o_proj', 'gate_proj', 'up_proj', 'down_proj'] as const

/** The shape of a Llama without its vocabulary. */
export const llamaSizes = {
  hidden_size: size(128).describe('Width of the residual stream'),
  intermediate_size: size(384).describe("Width inside each layer's MLP"),
  layers: size(2).describe('Decoder layers'),
  heads: size(4).describe('Attention heads'),
  kv_heads: size(4).describe('Heads of keys and values; fewer than `heads` share them'),
  rope_theta: z.number().positive().default(10_000).describe('Base of the rotary position encoding'),
  tie_embeddings: z.boolean().default(false).describe('Use the embedding as the output matrix too'),
}

interface Heads {
  hidden_size: number
  heads: number
  kv_heads: number
}

/** Refuses heads that share out neither the width nor each other. */
export function checkHeads({ hidden_size, heads, kv_heads }: Heads, context: z.RefinementCtx): void {
  if (hidden_size % (2 * heads) !== 0) {
    context.addIssue({
      code: 'custom',
      path: ['hidden_size'],
      message: `does not give ${heads} heads of an even size`,
      params: { remedy: `make it a multiple of 2 × heads: ${2 * heads}, ${4 * heads} …` },
    })
  }
  if (heads % kv_heads !== 0) {
    context.addIssue({ code: 'custom', path: ['kv_heads'], message: `does not divide the ${heads} heads` })
  }
}

/** A Llama whose weights stay as they are, and LoRA matrices beside them, which are trained. */
export const llama = z
  .object({
    weights: z
      .enum(['prepared', 'random', 'hub'])
      .default('prepared')
      .describe(
        'The frozen weights: those of dataset.base or of dataset.hub, whose sizes must agree with these, or drawn from `seed`',
      ),
    ...llamaSizes,
    vocabulary: z
      .int()
      .min(1)
      .nullable()
      .default(null)
      .describe("Rows of the embedding; null: as many as the data's tokenizer or the weights have"),
    seed: z.int().min(0).default(0).describe('Of random frozen weights'),
    lora: z
      .object({
        rank: z.int().min(1).max(1024).default(16).describe('Inner size of the LoRA matrices'),
        alpha: z.number().positive().default(32).describe('They are added times alpha / rank'),
        dropout: z.number().min(0).lt(1).default(0.05).describe('Share of their inputs dropped in training'),
        target_modules: z
          .array(z.enum(projections))
          .min(1)
          .default([...projections])
          .describe('The matrices of each layer that get them'),
      })
      .prefault({}),
  })
  .superRefine(checkHeads)
