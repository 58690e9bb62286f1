import { z } from 'zod'
import { role } from './role'

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
  .meta({ minProperties: 1 })

/** What an experiment's metrics are held against after each evaluation. */
export const acceptance = role(
  'acceptance',
  z
    .record(metric, bounds)
    .describe('Bounds that the metrics of evaluate must meet for the model to be accepted'),
)

const tolerance = z
  .strictObject({
    absolute: z.number().min(0).optional().describe('The metric may differ by so much'),
    relative: z
      .number()
      .min(0)
      .optional()
      .describe('The metric may differ by this share of the reference’s value'),
  })
  .refine(({ absolute, relative }) => absolute !== undefined || relative !== undefined, {
    error: 'has no tolerance',
    params: { remedy: 'write absolute or relative (or both; the wider one counts) with a number' },
  })
  .meta({ minProperties: 1 })

/** By how much an experiment's metrics may differ from one kind of device to another. */
export const parity = role(
  'acceptance',
  z
    .record(metric, tolerance)
    .describe('How far the metrics of evaluate may differ between kinds of device (blacksmith parity)'),
)
