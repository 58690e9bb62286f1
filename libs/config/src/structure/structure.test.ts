import { z } from 'zod'
import { defineExperiment, isExperimentStructure } from './define-experiment'
import { describe as words } from './describe'
import { experimentSchema, overlaySchema } from './json-schema'
import { strict } from './rebuild'
import { role } from './role'
import { roleAt } from './walk'

const structure = defineExperiment({
  dataset: z.object({
    name: z.literal('mnist'),
    variant: z.enum(['mnist', 'fashion-mnist']).default('mnist'),
  }),
  model: z.object({ hidden: z.array(z.int().min(1)), block: z.object({ norm: z.boolean() }).optional() }),
  training: z
    .object({ epochs: role('horizon', z.int().min(1)).default(3).describe('How long'), lr: z.number() })
    .refine(({ epochs, lr }) => epochs * lr < 10),
})

const valid = {
  dataset: { name: 'mnist' },
  model: { name: 'mlp', hidden: [1] },
  training: { lr: 0.1 },
}

describe('a structure', () => {
  test('is known as one', () => {
    expect(isExperimentStructure(structure)).toBe(true)
    expect(isExperimentStructure({ schema: structure.schema })).toBe(false)
  })

  test('refuses unknown keys at every depth, though its sections did not say so', () => {
    const accepts = (value: unknown) => z.safeParse(structure.schema, value).success
    expect(accepts(valid)).toBe(true)
    expect(accepts({ ...valid, x: 1 })).toBe(false)
    expect(accepts({ ...valid, training: { lr: 0.1, x: 1 } })).toBe(false)
    expect(accepts({ ...valid, model: { ...valid.model, block: { norm: true, x: 1 } } })).toBe(false)
  })

  test('keeps the conditions between fields for the whole, and leaves them out of overlays', () => {
    const long = { training: { epochs: 1000, lr: 0.1 } }
    expect(z.safeParse(structure.schema, { ...valid, ...long }).success).toBe(false)
    expect(z.safeParse(structure.overlay, long).success).toBe(true)
  })

  test('takes partial overlays of the right types only', () => {
    const accepts = (value: unknown) => z.safeParse(structure.overlay, value).success
    expect(accepts({})).toBe(true)
    expect(accepts({ model: { block: {} } })).toBe(true)
    expect(accepts({ model: { hidden: [0] } })).toBe(false)
    expect(accepts({ model: { hiden: [1] } })).toBe(false)
    expect(z.parse(structure.overlay, { training: {} })).toEqual({ training: {} })
  })

  test('lets every training ask for a trace, which is in no key', () => {
    const accepts = (profile: unknown) =>
      z.safeParse(structure.schema, { ...valid, training: { lr: 0.1, profile } }).success
    expect([accepts(true), accepts('yes')]).toEqual([true, false])
    expect(roleAt(structure.schema, ['training', 'profile'])).toBe('reporting')
  })

  test('leaves a section its own meaning of profile', () => {
    const own = defineExperiment({
      dataset: z.object({}),
      model: z.object({}),
      training: z.object({ profile: z.enum(['fast', 'exact']) }),
    })
    expect(roleAt(own.schema, ['training', 'profile'])).toBe('result')
  })

  test('may contain itself', () => {
    interface Tree {
      value: number
      below?: Tree | undefined
    }
    const tree: z.ZodType<Tree> = z.object({ value: z.number(), below: z.lazy(() => tree).optional() })
    const built = strict(tree)
    expect(z.safeParse(built, { value: 1, below: { value: 2 } }).success).toBe(true)
    expect(z.safeParse(built, { value: 1, below: { value: 2, x: 3 } }).success).toBe(false)
  })
})

describe('a role', () => {
  test('is result where none is given', () => {
    expect(roleAt(structure.schema, ['training', 'lr'])).toBe('result')
    expect(roleAt(structure.schema, ['training', 'nowhere'])).toBe('result')
  })

  test('survives default, optional, describe and further checks', () => {
    const horizon = role('horizon', z.int())
    for (const schema of [
      horizon,
      horizon.default(1),
      horizon.optional(),
      horizon.describe('x'),
      horizon.min(1).max(9),
      horizon.nullable().default(null).describe('x'),
    ]) {
      expect(roleAt(strict(z.object({ a: schema })), ['a'])).toBe('horizon')
    }
  })

  test('holds for all below it until another is given', () => {
    const schema = role('reporting', z.object({ a: z.number(), b: role('result', z.number()) }))
    expect([roleAt(schema, ['a']), roleAt(schema, ['b'])]).toEqual(['reporting', 'result'])
    expect(roleAt(structure.schema, ['acceptance', 'accuracy', 'at_least'])).toBe('acceptance')
    expect(roleAt(structure.schema, ['parity', 'accuracy', 'absolute'])).toBe('acceptance')
  })

  test('is known to another copy of the module', () => {
    const horizon = role('horizon', z.int())
    jest.isolateModules(() => {
      const copy: typeof import('./walk') = require('./walk')
      expect(copy.roleAt).not.toBe(roleAt)
      expect(copy.roleAt(horizon, [])).toBe('horizon')
    })
  })

  test('leaves the structure it was given as it was', () => {
    const plain = z.int()
    role('horizon', plain)
    expect(roleAt(plain, [])).toBe('result')
  })
})

test.each([
  [z.int().min(1), 'a whole number of at least 1'],
  [z.int().min(1).max(9), 'a whole number from 1 to 9'],
  [z.number().gt(0).max(1), 'a number above 0 and at most 1'],
  [z.number().lt(1), 'a number below 1'],
  [z.number().min(0).min(2).multipleOf(2), 'a number of at least 2 in steps of 2'],
  [z.enum(['a', 'b']).default('a'), 'one of a, b'],
  [z.literal(5), '5'],
  [z.string().nullable(), 'text or null'],
  [z.array(z.boolean()), 'a list, each item true or false'],
  [z.union([z.number(), z.literal('auto')]), 'a number, or auto'],
])('structures are described in words: %#', (schema, expected) => {
  expect(words(schema)).toBe(expected)
})

describe('JSON Schema', () => {
  test('of an experiment holds header and sections, and requires what has no default', () => {
    const schema = experimentSchema(structure)
    expect(schema).toMatchObject({
      $schema: 'http://json-schema.org/draft-07/schema#',
      additionalProperties: false,
      required: ['description', 'devices', 'dataset', 'model', 'training'],
      properties: {
        devices: { items: { enum: ['cpu', 'gpu', 'tt'] } },
        dataset: {
          required: ['name'],
          properties: { name: { const: 'mnist' } },
          additionalProperties: false,
        },
        training: { required: ['lr'], properties: { epochs: { default: 3, description: 'How long' } } },
      },
    })
  })

  test('of an overlay requires nothing and knows no header and no names', () => {
    const schema = overlaySchema(structure)
    expect(JSON.stringify(schema)).not.toMatch(/"required"|"default"/)
    expect(Object.keys(schema.properties as object)).toEqual([
      'dataset',
      'model',
      'training',
      'acceptance',
      'parity',
    ])
    expect(schema).toMatchObject({ properties: { dataset: { additionalProperties: false } } })
    expect(JSON.stringify(schema)).not.toContain('"name":{')
  })
})
