import { defineExperiment, role, z } from '@blacksmith/config'
import { blender } from '../../../libs/python/blacksmith/datasets/blender/schema'
import { nerf } from '../../../libs/python/blacksmith/models/lightning/nerf/schema'
import { loading } from '../../../libs/python/blacksmith/training/schema'

const rays = z.int().min(1)

export default defineExperiment({
  dataset: blender,
  model: nerf,
  training: z.object({
    steps: role('horizon', z.int().min(1).default(1800)),
    rays: rays.default(1024).describe('Rays of a step'),
    learning_rate: z.number().positive().default(0.02),
    decay_steps: z.number().positive().default(1000).describe('The rate falls tenfold over these'),
    background: z
      .enum(['random', 'white'])
      .default('random')
      .describe('What training shows behind the scene'),
    margin: z.int().min(0).default(2).describe('Pixels farther than this from the object are not trained on'),
    refresh_every: z.int().min(1).default(100).describe('Steps between two looks for thin air (grid)'),
    fused: z.boolean().default(true),
    steps_per_chunk: z.int().min(1).default(10),
    loading,
    precision: z.enum(['32-true', 'bf16-mixed']).default('32-true'),
    seed: z.int().min(0).default(0),
  }),
  evaluation: z.object({
    rays: rays.default(4096).describe('Rays rendered at a time'),
    turntable_frames: z.int().min(0).max(1000).default(48).describe('Pictures of a turn around the scene'),
  }),
})
