import { defineExperiment, role, z } from '@blacksmith/config'
import { mnist } from '../../../libs/python/blacksmith/datasets/mnist/schema'
import { mlp } from '../../../libs/python/blacksmith/models/jax/mlp/schema'
import { loading } from '../../../libs/python/blacksmith/training/schema'

export default defineExperiment({
  dataset: mnist,
  model: mlp,
  training: z.object({
    epochs: role('horizon', z.int().min(1)).default(10).describe('Passes over the training split'),
    batch_size: z.int().min(1).default(64).describe('Images in a step'),
    optimizer: z.enum(['adam', 'sgd']).default('adam').describe('Adam, or SGD with momentum 0.9'),
    learning_rate: z.number().positive().default(0.001).describe('Step size at the start'),
    schedule: z
      .enum(['constant', 'inverse-root', 'cosine'])
      .default('constant')
      .describe('How the learning rate falls; only cosine depends on the length of the run'),
    decay_steps: z.int().min(1).default(100).describe('inverse-root: steps after which it has fallen by √2'),
    steps_per_chunk: z
      .int()
      .min(1)
      .max(10_000)
      .default(125)
      .describe('Steps in one compiled scan; progress, checkpoints and stop signals wait for its end'),
    loading,
    validation_batch: z.int().min(1).default(1000).describe('Images computed at once in validation'),
    dtype: z.enum(['float32', 'bfloat16']).default('float32').describe('Type of weights and activations'),
    extend: role('reporting', z.boolean())
      .default(false)
      .describe('Continue a shorter run also where that does not give the same bytes as one in one piece'),
    seed: z.int().min(0).default(0).describe('Of the initial weights, the order of images and dropout'),
  }),
  evaluation: z.object({
    batch_size: z.int().min(1).default(1000).describe('Images computed at once'),
  }),
})
