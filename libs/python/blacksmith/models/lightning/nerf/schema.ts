import { z } from '@blacksmith/config'

const layers = (size: number) => z.int().min(1).max(4096).default(size)
const length = (size: number) => z.number().positive().default(size)

const mlp = z.object({
  coarse_depth: layers(4),
  coarse_width: layers(128),
  fine_depth: layers(4),
  fine_width: layers(192),
  frequencies: z.int().min(0).max(16).default(10).describe('Of the positional encoding'),
  samples: layers(64).describe('Samples of a ray in equal bins, for the coarse field'),
  fine_samples: z
    .int()
    .min(0)
    .max(4096)
    .default(128)
    .describe('More samples where the coarse field saw something; 0 leaves the fine field out'),
  products: z
    .enum(['float32', 'bfloat16'])
    .default('float32')
    .describe('Type of the matrix products; weights and sums stay float32'),
})

const grid = z.object({
  resolutions: z
    .array(z.int().min(2).max(1024))
    .min(1)
    .default([32, 96])
    .describe('Vertices along an edge of the cube, for each grid of features'),
  channels: z.int().min(1).max(64).default(8).describe('Features of a vertex'),
  hidden: z.int().min(1).max(1024).default(64).describe('Width of the layers that read the features'),
  density_scale: length(10).describe('Density of one unit behind the softplus, in 1/length'),
  occupancy: z.int().min(8).max(512).default(96).describe('Cells along an edge of the cube'),
  step: length(0.03).describe('Distance between samples of a ray, in units of the scene'),
  threshold: length(0.3).describe('Cells of a lower density are passed over'),
  least_light: z
    .number()
    .gt(0)
    .lt(1)
    .default(0.003)
    .describe('Samples that less than this share of the light reaches are passed over'),
})

/** A radiance field: the MLPs of the NeRF paper, or feature grids in a hull carved from the alpha masks. */
export const nerf = z.object({
  field: z.enum(['grid', 'mlp']).default('grid').describe('grid is the fast one; mlp has fixed shapes'),
  near: length(2).describe('Where an MLP begins to look along a ray'),
  far: length(6).describe('Where it ends'),
  bound: length(1.5).describe('The scene lies in the cube from -bound to bound'),
  mlp: mlp.prefault({}),
  grid: grid.prefault({}),
})
