import { z } from '@blacksmith/config'

const size = (value: number) => z.int().min(1).max(1_000_000).default(value)
const projections = ['q_proj', 'k_proj', 'v_proj', 'o_proj', 'gate_proj', 'up_proj', 'down_proj'] as const

/** A Llama whose weights stay as they are, and LoRA matrices beside them, which are trained. */
export const llama = z.object({
  weights: z
    .enum(['random', 'hub'])
    .default('random')
    .describe(
      'The frozen weights: drawn from `seed`, or those of dataset.hub, whose sizes must agree with these',
    ),
  hidden_size: size(128).describe('Width of the residual stream'),
  intermediate_size: size(384).describe("Width inside each layer's MLP"),
  layers: size(2).describe('Decoder layers'),
  heads: size(4).describe('Attention heads'),
  kv_heads: size(4).describe('Heads of keys and values; fewer than `heads` share them'),
  vocabulary: z
    .int()
    .min(1)
    .nullable()
    .default(null)
    .describe("Rows of the embedding; null: as many as the data's tokenizer has tokens"),
  rope_theta: z.number().positive().default(10_000).describe('Base of the rotary position encoding'),
  tie_embeddings: z.boolean().default(false).describe('Use the embedding as the output matrix too'),
  seed: z.int().min(0).default(0).describe('Of the random frozen weights'),
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
