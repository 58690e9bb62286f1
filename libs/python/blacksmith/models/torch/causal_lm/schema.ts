import { role, z } from '@blacksmith/config'

const size = (value: number) => z.int().min(1).max(1_000_000).default(value)

/** The shape of a causal language model without its vocabulary. */
export const causalLmSizes = {
  architecture: z
    .string()
    .regex(/^[a-z0-9_-]+$/, 'is not the name of an architecture: llama, qwen3, gemma3_text, phi3')
    .default('llama')
    .describe(
      'As config.json names it under model_type; any that AutoModelForCausalLM of transformers knows',
    ),
  hidden_size: size(128).describe('Width of the residual stream'),
  intermediate_size: size(384).describe("Width inside each layer's MLP"),
  layers: size(2).describe('Decoder layers'),
  heads: size(4).describe('Attention heads'),
  kv_heads: size(4).describe('Heads of keys and values; fewer than `heads` share them'),
  rope_theta: z.number().positive().default(10_000).describe('Base of the rotary position encoding'),
  tie_embeddings: z.boolean().default(false).describe('Use the embedding as the output matrix too'),
  config: z
    .record(z.string(), z.union([z.number(), z.string(), z.boolean()]))
    .default({})
    .describe('What else the architecture wants, by the names of its config.json: head_dim, sliding_window'),
}

interface Heads {
  config: Record<string, unknown>
  hidden_size: number
  heads: number
  kv_heads: number
}

/** Refuses heads that share out neither the width nor each other. */
export function checkHeads({ config, hidden_size, heads, kv_heads }: Heads, context: z.RefinementCtx): void {
  if (config.head_dim === undefined && hidden_size % (2 * heads) !== 0) {
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

/** A causal language model, and what of it is trained. */
export const causalLm = z
  .object({
    weights: z
      .enum(['prepared', 'random', 'hub'])
      .default('prepared')
      .describe(
        'The weights to begin with: those of dataset.base, whose sizes must agree with these; those of dataset.hub, or drawn from `seed`',
      ),
    path: role('location', z.string().min(1).nullable())
      .default(null)
      .describe(
        "A folder with weights to begin with in place of these, in the hub's layout: config.json, tokenizer.json, model.safetensors",
      ),
    tuning: z
      .enum(['lora', 'full', 'frozen'])
      .default('lora')
      .describe(
        'What learns: matrices beside frozen weights, all weights, or of a frozen model its output matrix',
      ),
    merge: z
      .boolean()
      .default(false)
      .describe('Save the whole model with what it learnt inside, and not the trained weights alone'),
    ...causalLmSizes,
    vocabulary: z
      .int()
      .min(1)
      .nullable()
      .default(null)
      .describe("Rows of the embedding; null: as many as the data's tokenizer or the weights have"),
    seed: z.int().min(0).default(0).describe('Of random weights'),
    lora: z
      .object({
        rank: z.int().min(1).max(1024).default(16).describe('Inner size of the LoRA matrices'),
        alpha: z.number().positive().default(32).describe('They are added times alpha / rank'),
        dropout: z.number().min(0).lt(1).default(0.05).describe('Share of their inputs dropped in training'),
        target_modules: z
          .array(z.string().min(1))
          .min(1)
          .nullable()
          .default(null)
          .describe('The matrices of each layer that get them, as the architecture names them; null: all'),
      })
      .prefault({}),
  })
  .superRefine(checkHeads)
