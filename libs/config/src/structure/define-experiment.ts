import { z } from 'zod'
import { acceptance, parity } from './judgement'
import { partial, strict } from './rebuild'
import { role } from './role'
import type { Schema } from './walk'

/** The parameters of an experiment, by section. */
export interface Sections {
  dataset: z.ZodObject
  model: z.ZodObject
  training: z.ZodObject
  evaluation?: z.ZodObject
}

const brand = Symbol.for('blacksmith.experiment-structure')

/** What the parameters of an experiment look like; made by `defineExperiment`. */
export interface ExperimentStructure {
  readonly [brand]: true
  /** Names of the sections that hold parameters, acceptance and parity included. */
  readonly sections: readonly string[]
  /** The whole: unknown keys are refused at every depth. */
  readonly schema: Schema
  /** What an overlay may hold: the same keys, all optional. */
  readonly overlay: Schema
}

/**
 * Defines the structure of an experiment's parameters: what its config.ts exports by default. Unknown keys are
 * refused at every depth, whether the sections say so or not. `dataset.name`, `model.name`, `training.profile`,
 * `acceptance` and `parity` are added; a section that has its own `name` or `profile` keeps it.
 */
export function defineExperiment(sections: Sections): ExperimentStructure {
  const { dataset, model, training, evaluation } = sections
  const whole = strict(
    z.object({
      dataset: named(dataset, "A folder of a package's datasets/"),
      model: named(model, "A folder of a package's models/<framework>/"),
      training: profiled(training),
      ...(evaluation === undefined ? {} : { evaluation }),
      acceptance: acceptance.default({}),
      parity: parity.default({}),
    }),
  )
  const names = [
    'dataset',
    'model',
    'training',
    ...(evaluation === undefined ? [] : ['evaluation']),
    'acceptance',
    'parity',
  ]
  return { [brand]: true, sections: names, schema: whole, overlay: partial(whole) }
}

/** Whether a module's default export comes from `defineExperiment`, also from another copy of this module. */
export function isExperimentStructure(value: unknown): value is ExperimentStructure {
  return typeof value === 'object' && value !== null && brand in value
}

function named(section: z.ZodObject, description: string): z.ZodObject {
  if ('name' in section.shape) return section
  // safeExtend keeps the conditions between fields, which extend refuses to carry over.
  return section.safeExtend({ name: z.string().min(1).describe(description) })
}

/** Whether a training leaves a trace of a few steps among its records: it shapes nothing, so it is in no key. */
function profiled(training: z.ZodObject): z.ZodObject {
  if ('profile' in training.shape) return training
  const profile = role('reporting', z.boolean()).default(false)
  return training.safeExtend({
    profile: profile.describe('Leave a trace of a few steps in trace.json.gz, for Perfetto'),
  })
}
