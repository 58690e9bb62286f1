import { place } from '../header/place'
import { readHeader } from '../header/read-header'
import { resolveConfig } from '../resolve/resolve-config'
import { makeWorkspace } from './workspace'

/** The folder of the experiment. */
export const directory = 'experiments/lightning/mnist'

/** Its structure, with a field of each kind. */
export const configTs = `
import { defineExperiment, role, z } from '@blacksmith/config'

export default defineExperiment({
  dataset: z.object({ name: z.literal('mnist'), variant: z.enum(['mnist', 'fashion-mnist']).default('mnist'), path: role('location', z.string()).optional() }),
  model: z.object({ hidden: z.array(z.int().min(1)).min(1), dropout: z.number().min(0).lt(1).default(0) }),
  training: z.object({
    epochs: role('horizon', z.int().min(1).max(1000)).default(3),
    batch_size: z.int().min(1),
    learning_rate: z.number().gt(0),
    shuffle: z.boolean().default(true),
    seed: z.int().min(0).default(0),
    log_every: role('reporting', z.int().min(1)).default(50),
    tags: z.array(z.string()).default([]),
    limit: z.union([z.number(), z.string()]).nullable().default(null),
    optimizer: z.discriminatedUnion('kind', [
      z.object({ kind: z.literal('sgd'), momentum: z.number().default(0) }),
      z.object({ kind: z.literal('adam'), beta: z.number().default(0.9) }),
    ]).default({ kind: 'sgd', momentum: 0 }),
  }).refine((t) => t.batch_size * t.epochs < 100000, { path: ['batch_size'], error: 'is too large for so many epochs' }),
  evaluation: z.object({ batch_size: z.int().min(1).default(1000) }),
})
`

/** What it says of itself. */
export const experimentYaml = `description: An MLP that reads handwritten digits
dataset: { name: mnist }
model: { name: mlp, hidden: [512, 512] }
devices: [cpu, tt, gpu]
training:
  epochs: 3
  batch_size: 64
  learning_rate: 1e-3
acceptance: { accuracy: { at_least: 0.93 } }
`

/** What of it a test has otherwise, and how it is asked for. */
export interface Setup {
  files?: Record<string, string>
  configuration?: string
  device?: string
  set?: string[]
}

/** Resolves the configuration of an experiment in a workspace of its own. */
export function resolve({ files = {}, configuration, device = 'cpu', set = [] }: Setup) {
  const given = { 'config.ts': configTs, 'experiment.yaml': experimentYaml, ...files }
  const entries = Object.entries(given).map(([path, text]) => [`${directory}/${path}`, text] as const)
  const workspaceRoot = makeWorkspace(Object.fromEntries(entries))
  const header = readHeader(workspaceRoot, `${directory}/experiment.yaml`)
  return resolveConfig({ workspaceRoot, header, placement: place(header, { device }), configuration, set })
}

/** Its experiment.yaml with a piece of text in another's place. */
export const experiment = (from: string, to: string) => ({
  'experiment.yaml': experimentYaml.replace(from, to),
})
