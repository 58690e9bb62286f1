import { defineExperiment, parametersSchema, z } from '@blacksmith/config'
import { parametersStub } from './parameters-stub'

type Node = { children?: Node[] }
const node: z.ZodType<Node> = z.lazy(() => z.object({ children: z.array(node).default([]) }))

const structure = defineExperiment({
  dataset: z.object({ kind: z.literal(['a', 2]), split: z.record(z.string(), z.number()) }),
  model: z.object({
    width: z.int().min(1).nullable().default(null).describe('Of a "layer"\n\\ null: any'),
    rate: z.number().nullable(),
    size: z.union([z.int(), z.literal('auto')]).default('auto'),
    pair: z.tuple([z.int(), z.string()]),
    block: z
      .object({ depth: z.int().default(2) })
      .prefault({})
      .describe('One'),
    blocks: z.array(z.object({ depth: z.int() })).default([]),
    tree: node,
    text: z.string().transform((text) => text.length),
    hint: z.string().optional(),
    items: z.int(),
    'two words': z.boolean(),
  }),
  training: z.object({ epochs: z.int().default(3) }),
})
const lines = parametersStub('plain-one', parametersSchema(structure)).split('\n')
/** What a class of the stub holds. */
const inside = (name: string) => {
  const start = lines.findIndex((line) => line.startsWith(`class ${name}(`))
  expect(start).toBeGreaterThan(0)
  const rest = lines.slice(start + 1)
  return rest.slice(0, rest.indexOf('')).map((line) => line.trim())
}

test('each section is a class, and each target has one with the sections that it sees', () => {
  expect(inside('Parameters')).toEqual([
    '"""What train and evaluate both see."""',
    'dataset: Dataset',
    'model: Model',
  ])
  expect(inside('TrainParameters')).toContain('training: Training')
  expect(inside('EvaluateParameters')).toEqual(['"""What evaluate sees."""'])
  expect(inside('Training').slice(0, 3)).toEqual(['epochs: int', '"""Default: 3."""', 'profile: bool'])
  expect(inside('Dataset').slice(0, 2)).toEqual(['kind: Literal["a", 2]', 'split: dict[str, float]'])
})

test('a parameter has its type, what it means and its default', () => {
  const model = inside('Model')
  expect(model.slice(0, 2)).toEqual([
    'width: int | None',
    '"""Of a \\"layer\\" \\\\ null: any. Default: None."""',
  ])
  expect(model).toEqual(
    expect.arrayContaining([
      'rate: float | None',
      'size: Literal["auto"] | int',
      'pair: list[int | str]',
      'block: ModelBlock',
      'blocks: list[ModelBlocks]',
      'text: Any',
    ]),
  )
  expect(inside('ModelBlock')).toEqual(['"""One"""', 'depth: int', '"""Default: 2."""'])
})

test('a structure that contains itself has one class', () => {
  expect(inside('Model')).toContain('tree: ModelTree')
  expect(inside('ModelTree')).toContain('children: list[ModelTree]')
})

test('what cannot be read as an attribute is none, and says how it is read', () => {
  const model = inside('Model')
  expect(model).toContain('# hint may be missing: write .get("hint")')
  expect(model).toContain('# "items" is no attribute: write ["items"]')
  expect(model).toContain('# "two words" is no attribute: write ["two words"]')
})
