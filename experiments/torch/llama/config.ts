import { defineExperiment, role, z } from '@blacksmith/config'
import { sst2 } from '../../../libs/python/blacksmith/datasets/sst2/schema'
import { causalLm } from '../../../libs/python/blacksmith/models/torch/causal_lm/schema'
import { loading } from '../../../libs/python/blacksmith/training/schema'

const precision = z
  .enum(['float32', 'bfloat16'])
  .default('float32')
  .describe('Type of frozen weights and of matrix products; weights that learn are always float32')

export default defineExperiment({
  dataset: sst2,
  model: causalLm,
  training: z.object({
    epochs: role('horizon', z.int().min(1)).default(8).describe('Passes over the training split'),
    batch_size: z.int().min(1).default(32).describe('Sentences in an optimizer step'),
    micro_batch: z
      .int()
      .min(1)
      .nullable()
      .default(null)
      .describe('Sentences computed at once; the gradients of a batch are added up. null: all of them'),
    learning_rate: z.number().positive().default(0.002).describe('Step size at the start, after the warm-up'),
    warmup_steps: z.int().min(1).default(20).describe('Steps over which the learning rate rises'),
    schedule: z
      .enum(['constant', 'inverse-root', 'cosine'])
      .default('inverse-root')
      .describe('How the learning rate falls; only cosine depends on the length of the run'),
    decay_steps: z.int().min(1).default(200).describe('inverse-root: steps after which it has fallen by √2'),
    weight_decay: z.number().min(0).default(0).describe("AdamW's, of the weights that learn"),
    gradient_clip: z
      .number()
      .positive()
      .default(1)
      .describe('Longest gradient; a longer one is shortened to it'),
    gradient_checkpointing: z
      .boolean()
      .default(false)
      .describe('Compute activations again in the backward pass instead of keeping them: less memory'),
    loading,
    validation_batch: z.int().min(1).default(200).describe('Sentences computed at once in validation'),
    precision,
    extend: role('reporting', z.boolean())
      .default(false)
      .describe('Continue a shorter run also where that does not give the same bytes as one in one piece'),
    seed: z.int().min(0).default(0).describe('Of new LoRA weights, the order of sentences and dropout'),
  }),
  evaluation: z.object({
    batch_size: z.int().min(1).default(200).describe('Sentences computed at once'),
    loading,
    precision,
  }),
})
