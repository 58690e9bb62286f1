import { z } from 'zod'

/** What one trial is judged by. */
const objective = z.object({
  metric: z.string().min(1).describe('A metric that train records, such as accuracy'),
  goal: z.enum(['maximize', 'minimize']).describe('Whether more of it is better, or less'),
  split: z.string().min(1).default('validation').describe('The split that train records it on'),
  value: z
    .enum(['last', 'best'])
    .default('last')
    .describe('last: where the training ended; best: the best of all that it recorded'),
})

const when = z
  .record(z.string(), z.array(z.any()).min(1))
  .optional()
  .describe('Only where these parameters have one of these values: { training.optimizer: [sgd] }')

const choices = z.object({
  choices: z.array(z.any()).min(1).describe('The values to choose from; each may be a list'),
  when,
})

const range = z.object({
  from: z.number().describe('The smallest value'),
  to: z.number().describe('The largest value'),
  log: z.boolean().default(false).describe('Whether to draw by its logarithm'),
  step: z.number().positive().optional().describe('From value to value; a grid needs it or points'),
  points: z.int().min(2).optional().describe('Of a grid: how many values, both ends included'),
  when,
})

const dimension = z
  .union([z.array(z.any()).min(1), choices, range])
  .describe('A list of values, { choices: [...] }, or a range { from: 0.001, to: 0.1, log: true }')

const horizonField = z
  .string()
  .optional()
  .describe('The parameter that says how long to train; needed only where there are several')

const halving = z.object({
  parameter: horizonField,
  from: z.int().min(1).describe('How long the first rung trains'),
  to: z.int().min(1).describe('How long the last rung trains'),
  factor: z.int().min(2).default(3).describe('From rung to rung: so much longer, for so many times fewer'),
})

const median = z.object({
  parameter: horizonField,
  from: z.int().min(1).describe('Where a trial is first held against the others'),
  to: z.int().min(1).describe('How long a whole trial trains'),
  every: z.int().min(1).default(1).describe('How far it is from one look to the next'),
  after: z.int().min(1).default(4).describe('How many trials of earlier batches must have come that far'),
})

/** What a sweeps/<name>.yaml may hold. */
export const sweepStructure = z.object({
  description: z.string().min(1).optional().describe('What it is to find, in one line'),
  configuration: z.string().min(1).default('default').describe('The configs/*.yaml that trials start from'),
  objective: z
    .union([objective, z.array(objective).min(1)])
    .describe('A validation metric of train; a list of them for several objectives'),
  space: z.record(z.string(), dimension).describe('What is tried: a parameter and its values'),
  constraints: z
    .array(z.string().min(1))
    .default([])
    .describe(
      'Combinations to leave out are those of which one is false: training.batch_size * training.epochs <= 640',
    ),
  sampler: z
    .enum(['tpe', 'random', 'quasi-random', 'grid'])
    .default('tpe')
    .describe('How values are chosen; all but grid are those of Optuna'),
  seed: z.int().min(0).max(4294967295).default(0).describe('Of the sampler'),
  trials: z.int().min(1).max(100_000).optional().describe('How many; a grid has as many as it has points'),
  batch: z
    .int()
    .min(1)
    .optional()
    .describe('How many trials are chosen at once: what tpe learns from is whole batches'),
  parallel: z
    .int()
    .min(1)
    .optional()
    .describe('At most so many trainings at once; as many as fit without it'),
  first: z
    .array(z.record(z.string(), z.any()))
    .default([])
    .describe('Trials to begin with, each by its parameters'),
  repeats: z
    .object({
      parameter: z.string().default('training.seed').describe('The parameter that differs between repeats'),
      values: z.array(z.any()).min(1).describe('Its values: a trial is judged by the mean over them'),
    })
    .optional(),
  halving: halving.optional().describe('Successive halving: the best of each rung train longer'),
  hyperband: halving.optional().describe('Successive halving several times, each from a later rung'),
  median: median.optional().describe('Ends a trial that is worse than the median of earlier ones'),
})

/** A sweep as it is written, with its defaults. */
export type WrittenSweep = z.output<typeof sweepStructure>

/** What a trial is judged by. */
export type Objective = z.output<typeof objective>
