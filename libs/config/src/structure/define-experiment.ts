import { z } from 'zod'
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
  /** Names of the sections that hold parameters, acceptance included. */
  readonly sections: readonly string[]
  /** The whole: unknown keys are refused at every depth. */
  readonly schema: Schema
  /** What an overlay may hold: the same keys, all optional. */
  readonly overlay: Schema
}

/**
 * Defines the structure of an experiment's parameters: what its config.ts exports by default. Unknown keys are
 * refused at every depth, whether the sections say so or not. `dataset.name`, `model.name` and `acceptance` are
 * added; a section that fixes its `name` by a literal keeps it.
 */
export function defineExperiment(sections: Sections): ExperimentStructure {
  const { dataset, model, training, evaluation } = sections
  const whole = strict(
    z.object({
      dataset: named(dataset, 'A folder of libs/python/blacksmith/datasets'),
      model: named(model, 'A folder of libs/python/blacksmith/models/<framework>'),
      training,
      ...(evaluation === undefined ? {} : { evaluation }),
      acceptance: acceptance.default({}),
    }),
  )
  const names = [
    'dataset',
    'model',
    'training',
    ...(evaluation === undefined ? [] : ['evaluation']),
    'acceptance',
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

/** No dots: dotted paths name the leaves of a config. */
const metric = z
  .string()
  .regex(/^[A-Za-z_][\w/@-]*$/, 'is not the name of a metric: use letters, digits, _ - / @')

const bounds = z
  .strictObject({
    at_least: z.number().optional().describe('The metric must reach this'),
    at_most: z.number().optional().describe('The metric must not exceed this'),
  })
  .refine(({ at_least, at_most }) => at_least !== undefined || at_most !== undefined, {
    error: 'has no bound',
    params: { remedy: 'write at_least or at_most (or both) with a number' },
  })
  .refine(({ at_least, at_most }) => at_least === undefined || at_most === undefined || at_least <= at_most, {
    error: 'can never be met: at_least is above at_most',
    params: { remedy: 'swap the two numbers, or drop one' },
  })
  .meta({ minProperties: 1 })

const acceptance = role(
  'acceptance',
  z
    .record(metric, bounds)
    .describe('Bounds that the metrics of evaluate must meet for the model to be accepted'),
)
