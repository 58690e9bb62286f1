import { defineExperiment, role, z } from '@blacksmith/config'
import { augmentation } from '../../../libs/python/blacksmith/datasets/mnist/augmentation'
import { mnist } from '../../../libs/python/blacksmith/datasets/mnist/schema'
import { cnn } from '../../../libs/python/blacksmith/models/torch/cnn/schema'
import { loading } from '../../../libs/python/blacksmith/training/schema'

export default defineExperiment({
  dataset: mnist,
  model: cnn,
  training: z.object({
    epochs: role('horizon', z.int().min(1)).default(10).describe('Passes over the training split'),
    batch_size: z.int().min(1).default(64).describe('Images in a step'),
    learning_rate: z.number().positive().default(0.001).describe('Step size of Adam at the start'),
    schedule: z
      .enum(['constant', 'inverse-root'])
      .default('inverse-root')
      .describe('How the learning rate falls; a longer run can continue either'),
    decay_steps: z.int().min(1).default(100).describe('inverse-root: steps after which it has fallen by √2'),
    steps_per_chunk: z
      .int()
      .min(1)
      .max(10_000)
      .default(25)
      .describe('Steps between two looks at progress, checkpoints and stop signals'),
    augmentation,
    loading,
    validation_batch: z.int().min(1).default(500).describe('Images computed at once in validation'),
    seed: z
      .int()
      .min(0)
      .default(0)
      .describe('Of the initial weights, the order of images, their moves and dropout'),
  }),
  evaluation: z.object({
    batch_size: z.int().min(1).default(500).describe('Images computed at once'),
  }),
})
