import { defineExperiment, role, z } from '@blacksmith/config'
import { text } from '../../../libs/python/blacksmith/datasets/text/schema'
import { gpt } from '../../../libs/python/blacksmith/models/torch/gpt/schema'
import { loading } from '../../../libs/python/blacksmith/training/schema'

const precision = z
  .enum(['float32', 'bfloat16'])
  .default('float32')
  .describe('Type of matrix products; weights are always float32')

export default defineExperiment({
  dataset: text,
  model: gpt,
  training: z.object({
    epochs: role('horizon', z.int().min(1)).default(5).describe('Passes over the training part'),
    batch_size: z.int().min(1).default(32).describe('Rows of model.context tokens in an optimizer step'),
    learning_rate: z.number().positive().default(0.003).describe('Step size after the warm-up'),
    warmup_steps: z.int().min(1).default(20).describe('Steps over which the learning rate rises'),
    schedule: z
      .enum(['constant', 'inverse-root', 'cosine'])
      .default('inverse-root')
      .describe('How the learning rate falls; only cosine depends on the length of the run'),
    decay_steps: z.int().min(1).default(200).describe('inverse-root: steps after which it has fallen by √2'),
    weight_decay: z.number().min(0).default(0.1).describe("AdamW's, of matrices; gains and biases have none"),
    gradient_clip: z
      .number()
      .positive()
      .default(1)
      .describe('Longest gradient; a longer one is shortened to it'),
    loading,
    validation_batch: z.int().min(1).default(64).describe('Rows computed at once in validation'),
    precision,
    seed: z.int().min(0).default(0).describe('Of the first weights, the order of rows and dropout'),
  }),
  evaluation: z.object({
    batch_size: z.int().min(1).default(64).describe('Rows computed at once'),
    precision,
    samples: z.int().min(0).max(100).default(3).describe('How many texts the model writes'),
    length: z.int().min(1).max(100_000).default(300).describe('Tokens of each'),
    temperature: z.number().positive().default(0.8).describe('Below 1 the likely becomes more likely'),
    seed: z.int().min(0).default(0).describe('Of what it writes'),
  }),
})
