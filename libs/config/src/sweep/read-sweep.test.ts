import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { formatUserError, isUserError } from '../errors/user-error'
import { readHeader } from '../header/read-header'
import { overlayText } from './overlay-text'
import { readSweep } from './read-sweep'

const directory = 'experiments/plain/tiny'
const root = mkdtempSync(join(tmpdir(), 'blacksmith-sweep-'))
const write = (path: string, text: string) => {
  mkdirSync(dirname(join(root, path)), { recursive: true })
  writeFileSync(join(root, path), text)
}

beforeAll(() => {
  write('nx.json', '{}')
  symlinkSync(resolve(__dirname, '../../../../node_modules'), join(root, 'node_modules'))
  write(
    `${directory}/experiment.yaml`,
    'description: x\ndataset: { name: counts }\nmodel: { name: weight }\ndevices: [cpu]\n',
  )
  write(`${directory}/configs/wide.yaml`, 'model: { start: 5 }\ntraining: { seed: 3 }\n')
  write(
    `${directory}/config.ts`,
    `import { defineExperiment, role, z } from '@blacksmith/config'
export default defineExperiment({
  dataset: z.object({}),
  model: z.object({ start: z.number().default(0), hidden: z.array(z.int().min(1)).default([1]) }),
  training: z.object({
    epochs: role('horizon', z.int().min(1).max(81).default(3)),
    optimizer: z.enum(['adam', 'sgd']).default('adam'),
    momentum: z.number().min(0).lt(1).default(0.9),
    seed: z.int().default(0),
    quiet: role('reporting', z.boolean()).default(false),
  }),
})
`,
  )
})
afterAll(() => rmSync(root, { recursive: true }))

const header = () => readHeader(root, `${directory}/experiment.yaml`)

function read(yaml: string) {
  write(`${directory}/sweeps/try.yaml`, yaml)
  return readSweep(root, header(), 'try')
}

function refused(yaml: string): string {
  try {
    read(yaml)
  } catch (error) {
    if (isUserError(error)) return formatUserError(error)
    throw error
  }
  throw new Error('nothing was refused')
}

const head = 'objective: { metric: accuracy, goal: maximize }\ntrials: 4\n'

test('a sweep is read with its defaults, its whole numbers and what its parameters depend on', () => {
  const sweep = read(`${head}space:
  model.hidden: [[1], [2, 2]]
  training.optimizer: { choices: [adam, sgd] }
  training.momentum: { from: 0, to: 0.9, when: { training.optimizer: [sgd] } }
  training.seed: { from: 0, to: 9 }
halving: { from: 1, to: 9 }
constraints: [training.seed < 5 or model.start == 0]
`)
  expect(sweep).toMatchObject({
    sampler: 'tpe',
    configuration: 'default',
    objectives: [{ metric: 'accuracy', split: 'validation', value: 'last' }],
    schedule: { kind: 'halving', parameter: 'training.epochs', factor: 3 },
  })
  expect(sweep.space[0]?.choices).toEqual([[1], [2, 2]])
  expect(sweep.space[2]).toMatchObject({ range: { whole: false }, when: { 'training.optimizer': ['sgd'] } })
  expect(sweep.space[3]?.range).toMatchObject({ whole: true })
})

test('all mistakes are reported at once, each where it stands', () => {
  const words = refused(`objective: { metric: accuracy, goal: maximize, split: test }
trials: 4
configuration: wid
space:
  training.sed: [1]
  model.hidden: [[0]]
  training.momentum: { from: 0, to: 2, log: true }
  training.quiet: [true, false]
  dataset.name: [counts]
constraints: [training.seed <]
repeats: { values: [one] }
first: [{ model.start: 1 }]
hyperband: { from: 3, to: 200 }
`)
  for (const line of [
    /^.*try.yaml:1:\d+ {2}objective.split {2}is measured on the test split, which may not choose/m,
    /^.*try.yaml:3:\d+ {2}configuration {2}there is no configuration wid\n {2}did you mean wide\?/m,
    /^.*try.yaml:5:3 {2}training.sed {2}is not a known key\n {2}did you mean seed\?/m,
    /^.*try.yaml:6:\d+ {2}model.hidden.0 {2}is 0, below 1/m,
    /^.*try.yaml:7:\d+ {2}training.momentum {2}is 2, not below 1/m,
    /^.*try.yaml:7:\d+ {2}space.training.momentum.from {2}has no logarithm/m,
    /^.*try.yaml:8:\d+ {2}space.training.quiet {2}shapes no result/m,
    /^.*try.yaml:9:\d+ {2}space.dataset.name {2}is fixed by experiment.yaml/m,
    /^.*try.yaml:10:\d+ {2}constraints.0 {2}ends too early/m,
    /^.*try.yaml:11:\d+ {2}training.seed {2}is the text "one", not a whole number/m,
    /^.*try.yaml:12:\d+ {2}first.0.model.start {2}is not in the space/m,
    /^.*try.yaml:13:\d+ {2}training.epochs {2}is 200, above 81/m,
  ])
    expect(words).toMatch(line)
})

test.each([
  [`${head}space: { model.start: { from: 2, to: 1 } }`, 'is not above from'],
  ['objective: { metric: a, goal: maximize }\nspace: { model.start: [1] }', 'trials  is missing'],
  [`${head}space: { model.start: [1] }\nsampler: tp`, 'did you mean tpe?'],
  [`${head}space: { model.start: [1] }\nspaces: 1`, 'spaces  is not a known key'],
  [`${head}space: { model.start: { from: 0, to: 1 } }\nsampler: grid`, 'has no end of values for a grid'],
  [`${head}space: { training.epochs: [1] }\nmedian: { from: 1, to: 3 }`, 'is what median sets'],
  [
    'objective: { metric: test/accuracy, goal: maximize }\ntrials: 1\nspace: { model.start: [1] }',
    'is measured on the test split',
  ],
  [`${head}space: {}`, 'space  is empty'],
  [
    `${head}space: { training.momentum: { choices: [0], when: { training.optimizer: [sgd] } } }`,
    'does not stand before it in the space',
  ],
])('what does not go together is refused: %#', (yaml, words) => {
  expect(refused(yaml)).toContain(words)
})

test('a sweep that is not there is refused with those that are', () => {
  read(`${head}space: { model.start: [1] }`)
  expect(() => readSweep(root, header(), 'tri')).toThrow('did you mean try?')
})

test('parameters become an overlay that keeps what its configuration sets besides', () => {
  const text = overlayText(root, header(), 'wide', { 'model.start': 2, 'model.hidden': [1] }, ['The best.'])
  expect(text).toBe('# The best.\n\nmodel:\n  start: 2\n  hidden:\n    - 1\ntraining:\n  seed: 3\n')
})
