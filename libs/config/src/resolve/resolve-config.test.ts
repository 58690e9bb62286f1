import { homedir } from 'node:os'
import { join } from 'node:path'
import { place } from '../header/place'
import { readHeader } from '../header/read-header'
import { makeWorkspace, refusal, refusals } from '../testing/workspace'
import { resolveConfig } from './resolve-config'
import { select } from './select'

const directory = 'experiments/lightning/mnist'

const configTs = `
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

const experimentYaml = `description: An MLP that reads handwritten digits
dataset: { name: mnist }
model: { name: mlp, hidden: [512, 512] }
devices: [cpu, tt, gpu]
training:
  epochs: 3
  batch_size: 64
  learning_rate: 1e-3
acceptance: { accuracy: { at_least: 0.93 } }
`

interface Setup {
  files?: Record<string, string>
  configuration?: string
  device?: string
  set?: string[]
}

function resolve({ files = {}, configuration, device = 'cpu', set = [] }: Setup) {
  const given = { 'config.ts': configTs, 'experiment.yaml': experimentYaml, ...files }
  const entries = Object.entries(given).map(([path, text]) => [`${directory}/${path}`, text] as const)
  const workspaceRoot = makeWorkspace(Object.fromEntries(entries))
  const header = readHeader(workspaceRoot, `${directory}/experiment.yaml`)
  return resolveConfig({ workspaceRoot, header, placement: place(header, { device }), configuration, set })
}

const experiment = (from: string, to: string) => ({ 'experiment.yaml': experimentYaml.replace(from, to) })

describe('precedence', () => {
  const files = {
    ...experiment('  batch_size: 64', '  batch_size: 64\n  seed: 1'),
    'devices/tt.yaml': 'model: { hidden: [64] }\ntraining: { batch_size: 32, seed: 2, log_every: 7 }\n',
    'configs/full.yaml': 'training:\n  seed: 3\n  epochs: 20\n',
  }

  test('defaults give way to experiment.yaml, the device, the configuration and --set, in this order', async () => {
    const set = ['training.epochs=21', 'training.epochs=22']
    const { values, origins } = await resolve({ files, configuration: 'full', device: 'tt', set })
    expect(values).toEqual({
      dataset: { name: 'mnist', variant: 'mnist' },
      model: { name: 'mlp', hidden: [64], dropout: 0 },
      training: {
        epochs: 22,
        batch_size: 32,
        learning_rate: 0.001,
        shuffle: true,
        seed: 3,
        log_every: 7,
        tags: [],
        limit: null,
        optimizer: { kind: 'sgd', momentum: 0 },
      },
      evaluation: { batch_size: 1000 },
      acceptance: { accuracy: { at_least: 0.93 } },
      parity: {},
    })
    expect(origins['training.shuffle']).toEqual({ source: 'default' })
    expect(origins['training.optimizer.kind']).toEqual({ source: 'default' })
    expect(origins['training.learning_rate']).toEqual({
      source: 'file',
      file: `${directory}/experiment.yaml`,
      line: 9,
    })
    expect(origins['model.hidden']).toEqual({ source: 'file', file: `${directory}/devices/tt.yaml`, line: 1 })
    expect(origins['training.seed']).toEqual({
      source: 'file',
      file: `${directory}/configs/full.yaml`,
      line: 2,
    })
    expect(origins['training.epochs']).toEqual({ source: 'flag', flag: '--set training.epochs=22' })
  })

  test('an overlay of another device or configuration has no effect', async () => {
    const { values } = await resolve({ files })
    expect(values.training).toMatchObject({ epochs: 3, seed: 1, batch_size: 64 })
  })

  test('the configuration `default` is the experiment as it stands', async () => {
    const { values } = await resolve({ files, configuration: 'default' })
    expect(values.training.seed).toBe(1)
  })

  test('a value that comes through an anchor counts from where it is written', async () => {
    const full = 'training: &t { seed: 7 }\nevaluation:\n  <<: &e\n    batch_size: 9\n'
    const { origins } = await resolve({ files: { 'configs/full.yaml': full }, configuration: 'full' })
    expect(origins['evaluation.batch_size']).toMatchObject({ source: 'file', line: 4 })
    const broken = 'training: &t { seed: -7 }\nevaluation: { <<: *t }\n'
    const found = await refusals(() =>
      resolve({ files: { 'configs/full.yaml': broken }, configuration: 'full' }),
    )
    expect(found).toEqual([
      `${directory}/configs/full.yaml:1:22  training.seed  is -7, below 0  write a whole number of at least 0`,
      `${directory}/configs/full.yaml:1:16  evaluation.seed  is not a known key  accepted: batch_size`,
    ])
  })

  test('an empty overlay changes nothing', async () => {
    const { values } = await resolve({
      files: { 'configs/full.yaml': '# nothing yet\n' },
      configuration: 'full',
    })
    expect(values.training.epochs).toBe(3)
  })

  test('an unknown configuration is refused with the nearest one', async () => {
    expect(await refusals(() => resolve({ files, configuration: 'ful' }))).toEqual([
      `${directory}/configs  lightning-mnist has no configuration ful  did you mean full? (accepted: full)`,
    ])
  })
})

describe('mistakes', () => {
  test('all of them, of all files and flags, come at once with their places', async () => {
    const files = {
      'experiment.yaml': experimentYaml
        .replace('epochs: 3', 'epocs: 3')
        .replace('batch_size: 64', 'batch_size: many')
        .replace('1e-3', '-1')
        .replace('at_least: 0.93', 'at_least: high'),
      'devices/cpu.yaml': 'model:\n  hidden: [64, 0, wide]\n',
      'configs/full.yaml': 'training: { batch_size: 0, shuffle: yes }\nthreads: 4\n',
    }
    const set = ['training.sed=3', 'training.batch_size=8']
    const at = directory
    expect(await refusals(() => resolve({ files, configuration: 'full', set }))).toEqual([
      `${at}/configs/full.yaml:2:1  threads  may not stand in an overlay: it says what the experiment is  remove it here; it is changed in experiment.yaml`,
      '--set training.sed=3  training.sed  sed is not a known key of training  did you mean seed? (accepted: epochs, batch_size, learning_rate, shuffle, seed, log_every, tags, limit, optimizer)',
      `${at}/experiment.yaml:7:15  training.batch_size  is the text "many", not a whole number  write a whole number of at least 1`,
      `${at}/experiment.yaml:8:18  training.learning_rate  is -1, not above 0  write a number above 0`,
      `${at}/experiment.yaml:6:3  training.epocs  is not a known key  did you mean epochs? (accepted: epochs, batch_size, learning_rate, shuffle, seed, log_every, tags, limit, optimizer)`,
      `${at}/experiment.yaml:9:37  acceptance.accuracy.at_least  is the text "high", not a number  write a number`,
      `${at}/devices/cpu.yaml:2:16  model.hidden.1  is 0, below 1  write a whole number of at least 1`,
      `${at}/devices/cpu.yaml:2:19  model.hidden.2  is the text "wide", not a whole number  write a whole number of at least 1`,
      `${at}/configs/full.yaml:1:25  training.batch_size  is 0, below 1  write a whole number of at least 1`,
      `${at}/configs/full.yaml:1:37  training.shuffle  is the text "yes", not true or false  write true`,
    ])
  })

  test('a mistake shows its line with a caret', async () => {
    expect(await refusal(() => resolve({ files: experiment('batch_size: 64', 'batch_size: 0') }))).toBe(
      [
        `${directory}/experiment.yaml:7:15  training.batch_size  is 0, below 1`,
        '  write a whole number of at least 1',
        '  6 |   epochs: 3',
        '  7 |   batch_size: 0',
        '    |               ^',
      ].join('\n'),
    )
  })

  test.each([
    [
      'a missing key',
      '  batch_size: 64\n',
      '',
      '5:1  training.batch_size  is missing  write batch_size: <a whole number of at least 1>',
    ],
    [
      'a fraction',
      'epochs: 3',
      'epochs: 2.5',
      '6:11  training.epochs  is 2.5, not a whole number  write a whole number from 1 to 1000',
    ],
    [
      'a number above its bound',
      'epochs: 3',
      'epochs: 1001',
      '6:11  training.epochs  is 1001, above 1000  write a whole number from 1 to 1000',
    ],
    [
      'a number in quotes',
      'epochs: 3',
      'epochs: "3"',
      '6:11  training.epochs  is the text "3", not a whole number  write 3 without quotes',
    ],
    [
      'an empty value',
      'epochs: 3',
      'epochs:',
      '6:10  training.epochs  is empty, not a whole number  write a value, or remove the key',
    ],
    [
      'an empty section',
      '{ name: mlp, hidden: [512, 512] }',
      '{ name: mlp, hidden: [] }',
      '3:29  model.hidden  has fewer than 1 items  write at least 1 items',
    ],
    [
      'a choice misspelled',
      '{ name: mnist }',
      '{ name: mnist, variant: fashon-mnist }',
      '2:34  dataset.variant  is the text "fashon-mnist", not one of mnist, fashion-mnist  did you mean fashion-mnist?',
    ],
    [
      'a number where text is due',
      '{ name: mnist }',
      '{ name: mnist, path: 1.10 }',
      '2:31  dataset.path  is 1.10, not text  write "1.10" in quotes',
    ],
    [
      'a condition between fields',
      'batch_size: 64',
      'batch_size: 64000',
      '7:15  training.batch_size  is too large for so many epochs',
    ],
    [
      'acceptance without a bound',
      '{ accuracy: { at_least: 0.93 } }',
      '{ accuracy: {} }',
      '9:15  acceptance.accuracy  has no bound  write at_least or at_most (or both) with a number',
    ],
    [
      'a tolerance without a number',
      'acceptance: { accuracy: { at_least: 0.93 } }',
      'parity: { accuracy: {} }',
      '9:11  parity.accuracy  has no tolerance  write absolute or relative (or both; the wider one counts) with a number',
    ],
    [
      'a tolerance below nothing',
      'acceptance: { accuracy: { at_least: 0.93 } }',
      'parity: { accuracy: { relative: -0.1 } }',
      '9:33  parity.accuracy.relative  is -0.1, below 0  write a number of at least 0',
    ],
    [
      'acceptance that nothing meets',
      '{ at_least: 0.93 }',
      '{ at_least: 2, at_most: 1 }',
      '9:15  acceptance.accuracy  can never be met: at_least is above at_most  swap the two numbers, or drop one',
    ],
    [
      'a metric with a dot',
      'accuracy:',
      'val.loss:',
      '9:15  acceptance.val.loss  is not the name of a metric: use letters, digits, _ - / @  rename it',
    ],
    [
      'an unknown option of a union',
      'epochs: 3',
      'optimizer: { kind: sdg }',
      '6:22  training.optimizer.kind  is the text "sdg", not one of sgd, adam  did you mean sgd?',
    ],
    [
      'a key of another option',
      'epochs: 3',
      'optimizer: { kind: sgd, beta: 1 }',
      '6:27  training.optimizer.beta  is not a known key  accepted: kind, momentum',
    ],
    [
      'a section that is a value',
      '{ name: mlp, hidden: [512, 512] }',
      '{ name: mlp, hidden: 512 }',
      '3:29  model.hidden  is 512, not a list  write a list, each item a whole number of at least 1',
    ],
    ['infinity', '1e-3', '.inf', '8:18  .inf is not a finite number  write a finite number'],
  ])('%s is refused', async (_, from, to, expected) => {
    const found = await refusals(() => resolve({ files: experiment(from, to) }))
    expect(found).toEqual([`${directory}/experiment.yaml:${expected}`])
  })

  test('what may be read and the network are opened by no overlay and no flag', async () => {
    const files = { 'configs/full.yaml': 'inputs: [a.txt]\nvariables: [A]\nnetwork: true\n' }
    const set = ['inputs=[a.txt]', 'variables=[A]', 'network=true']
    const found = await refusals(() => resolve({ files, configuration: 'full', set }))
    const inOverlay =
      'may not stand in an overlay: it says what the experiment is  remove it here; it is changed in experiment.yaml'
    expect(found).toEqual([
      `${directory}/configs/full.yaml:1:1  inputs  ${inOverlay}`,
      `${directory}/configs/full.yaml:2:1  variables  ${inOverlay}`,
      `${directory}/configs/full.yaml:3:1  network  ${inOverlay}`,
      '--set inputs=[a.txt]  inputs  is not a parameter  change it in experiment.yaml',
      '--set variables=[A]  variables  is not a parameter  change it in experiment.yaml',
      '--set network=true  network  is not a parameter  change it in experiment.yaml',
    ])
  })

  test('names, devices and threads are changed by no overlay', async () => {
    const files = { 'configs/full.yaml': 'dataset: { name: blender }\ndevices: [cpu]\nmax_devices: 2\n' }
    const found = await refusals(() => resolve({ files, configuration: 'full' }))
    expect(found.map((line) => line.split('  ').slice(0, 2))).toEqual([
      [`${directory}/configs/full.yaml:2:1`, 'devices'],
      [`${directory}/configs/full.yaml:3:1`, 'max_devices'],
      [`${directory}/configs/full.yaml:1:12`, 'dataset.name'],
    ])
  })

  test('what is wrong in one file hides nothing in another', async () => {
    const files = { 'devices/cpu.yaml': 'training: [1\n', 'configs/full.yaml': 'training: { epochs: 0 }\n' }
    const found = await refusals(() => resolve({ files, configuration: 'full' }))
    expect(found.map((line) => line.split('  ')[0])).toEqual([
      `${directory}/devices/cpu.yaml:1:13`,
      `${directory}/configs/full.yaml:1:21`,
    ])
  })

  test('a dataset without a folder is refused with the nearest one', async () => {
    const workspaceRoot = makeWorkspace({
      [`${directory}/config.ts`]: configTs.replace("z.literal('mnist')", 'z.string()'),
      [`${directory}/experiment.yaml`]: experimentYaml.replace('name: mnist', 'name: mnits'),
      'libs/python/blacksmith/datasets/mnist/__init__.py': '',
      'libs/python/blacksmith/datasets/blender/__init__.py': '',
    })
    const header = readHeader(workspaceRoot, `${directory}/experiment.yaml`)
    const placement = place(header, { device: 'cpu' })
    expect(await refusals(() => resolveConfig({ workspaceRoot, header, placement, set: [] }))).toEqual([
      `${directory}/experiment.yaml:2:18  dataset.name  there is no dataset mnits in libs/python/blacksmith/datasets  did you mean mnist? (there: blender, mnist)`,
    ])
  })
})

describe('spellings of numbers and booleans', () => {
  const value = async (field: string, spelling: string) => {
    const [key = ''] = field.split(': ')
    const { values } = await resolve({ files: experiment(field, `${key}: ${spelling}`) })
    return values.training[key]
  }

  test.each([
    ['1e-3', 0.001],
    ['.5', 0.5],
    ['5.', 5],
    ['+5', 5],
    ['0x10', 16],
    ['1E2', 100],
    ['0o17', 15],
  ])('%s is a number', async (spelling, number) => {
    expect(await value('learning_rate: 1e-3', spelling)).toBe(number)
  })

  test.each([
    ['1_000', '1000'],
    ['1,5', '1.5'],
    ['010', '10'],
    ['0b11', '3'],
    ['"1e-3"', '1e-3 without quotes'],
    ["'.5'", '.5 without quotes'],
    ['-0x10', '-16'],
  ])('%s is refused with the spelling %s', async (spelling, remedy) => {
    const [line] = await refusals(() => value('learning_rate: 1e-3', spelling))
    expect(line).toMatch(new RegExp(`:8:18  training.learning_rate  .*  write ${remedy}$`))
  })

  test.each([
    ['True', true],
    ['TRUE', true],
    ['false', false],
  ])('%s is a boolean', async (spelling, boolean) => {
    expect(await value('epochs: 3', `3\n  shuffle: ${spelling}`)).toBe(3)
    const { values } = await resolve({ files: experiment('epochs: 3', `shuffle: ${spelling}`) })
    expect(values.training.shuffle).toBe(boolean)
  })

  test.each([
    ['yes', 'true'],
    ['On', 'true'],
    ['off', 'false'],
    ['n', 'false'],
    ['1', 'true'],
    ['"true"', 'true without quotes'],
  ])('%s is refused with the spelling %s', async (spelling, remedy) => {
    const [line] = await refusals(() => resolve({ files: experiment('epochs: 3', `shuffle: ${spelling}`) }))
    expect(line).toMatch(new RegExp(`training.shuffle  .*  write ${remedy}$`))
  })

  test('text that may be meant as a number is refused where both can stand, and taken in quotes', async () => {
    const [line] = await refusals(() => resolve({ files: experiment('epochs: 3', 'limit: 1_000') }))
    expect(line).toMatch(
      /training.limit {2}1_000 is text in YAML 1.2 {2}write 1000, or "1_000" in quotes for the text$/,
    )
    const { values } = await resolve({ files: experiment('epochs: 3', 'limit: "1_000"') })
    expect(values.training.limit).toBe('1_000')
  })
})

describe('--set', () => {
  const training = async (...set: string[]) => (await resolve({ set })).values.training

  test('the structure says what a value is', async () => {
    const { values } = await resolve({
      set: [
        'dataset.path=1.10',
        'training.shuffle=false',
        'training.learning_rate=.5',
        'training.limit=null',
      ],
    })
    expect(values.dataset.path).toBe('1.10')
    expect(values.training).toMatchObject({ shuffle: false, learning_rate: 0.5, limit: null })
  })

  test('a value may hold = and commas', async () => {
    const { values } = await resolve({ set: ['dataset.path=/data/a=b,c: d'] })
    expect(values.dataset.path).toBe('/data/a=b,c: d')
  })

  test('lists of text take words that look like numbers', async () => {
    expect((await training('training.tags=[1, yes, a]')).tags).toEqual(['1', 'yes', 'a'])
  })

  test('a list that Nx split at its commas is put together again', async () => {
    const { values } = await resolve({ set: ['model.hidden=[64', '32]'] })
    expect(values.model.hidden).toEqual([64, 32])
  })

  test('a mapping is laid over the section', async () => {
    const { epochs, batch_size } = await training('training={epochs: 5}')
    expect([epochs, batch_size]).toEqual([5, 64])
  })

  test('an option of a union can be chosen', async () => {
    expect((await training('training.optimizer.kind=adam')).optimizer).toEqual({ kind: 'adam', beta: 0.9 })
    expect((await training('training.optimizer={kind: adam, beta: 0.5}')).optimizer).toMatchObject({
      beta: 0.5,
    })
  })

  test('acceptance can be set, for metrics that are not there yet too', async () => {
    const { values } = await resolve({ set: ['acceptance.loss.at_most=0.5'] })
    expect(values.acceptance).toEqual({ accuracy: { at_least: 0.93 }, loss: { at_most: 0.5 } })
  })

  test.each([
    [
      'training.epochs',
      '--set training.epochs  has no =  write --set training.epochs=<value>; a value with a comma needs quotes: \'a="x,y"\'',
    ],
    ['epochs=4', '--set epochs=4  epochs  epochs is not a known key  did you mean training.epochs?'],
    [
      'training.epochs.x=4',
      '--set training.epochs.x=4  training.epochs.x  training.epochs has no keys of its own  set it as a whole: --set training.epochs=<value>',
    ],
    [
      'model.hidden.0=4',
      '--set model.hidden.0=4  model.hidden.0  model.hidden has no keys of its own  set it as a whole: --set model.hidden=<value>',
    ],
    [
      'training.epochs=many',
      '--set training.epochs=many  training.epochs  is the text "many", not a whole number  write a whole number from 1 to 1000',
    ],
    [
      'training.epochs=1_00',
      '--set training.epochs=1_00  training.epochs  is the text "1_00", not a whole number  write 100',
    ],
    [
      'training.epochs=',
      '--set training.epochs=  training.epochs  is empty, not a whole number  write a value, or remove the key',
    ],
    [
      'evaluation=4',
      '--set evaluation=4  evaluation  is not a value but a group of them  set one of its keys (batch_size): --set evaluation.batch_size=<value>',
    ],
    [
      'model.name=cnn',
      '--set model.name=cnn  model.name  is fixed by experiment.yaml  make another experiment for it',
    ],
    ['threads=4', '--set threads=4  threads  is not a parameter  use --threads=<number>'],
    [
      'model.hidden=[1,',
      '--set model.hidden=[1,  model.hidden  the value is not YAML: Flow sequence must end with a ]  check brackets and quotes; put the flag in quotes for the shell',
    ],
    ['=3', '--set =3  names no parameter before the =  write --set <section>.<key>=<value>'],
    ['__proto__.x=1', '--set __proto__.x=1  __proto__.x  "__proto__" cannot be a key  give the key a name'],
    ['acceptance.__proto__={at_least: 1}', '"__proto__" cannot be a key  give the key a name'],
    ['constructor=1', 'constructor  constructor is not a known key  accepted: dataset, model, training'],
    ['toString.x=1', 'toString.x  toString is not a known key  accepted: dataset, model, training'],
    [
      'training={epochs:4,seed:1}',
      "training.epochs:4  is not a known key  write a space after the colon, in quotes for the shell: --set 'training={epochs: 4,seed: 1}'",
    ],
    [
      'acceptance={accuracy:{at_least:0.9}}',
      "write a space after the colon, in quotes for the shell: --set 'acceptance={accuracy: {at_least: 0.9}}'",
    ],
    ['training.optimizer={kind:sgd}', "--set 'training.optimizer={kind: sgd}'"],
  ])('%s is refused', async (set, expected) => {
    const [line] = await refusals(() => resolve({ set: [set] }))
    expect(line).toContain(expected)
  })
})

describe('what goes wrong only together', () => {
  const tooLarge = 'training.batch_size  is too large for so many epochs'
  const full = 'evaluation: {}\ntraining:\n  epochs: 900\n'

  test('is the flag’s fault that brought it in, not that of the file below', async () => {
    const refused = (...set: string[]) => refusals(() => resolve({ set: ['training.seed=4', ...set] }))
    expect(await refused('training.epochs=999', 'training.batch_size=256')).toEqual([
      `--set training.batch_size=256  ${tooLarge}`,
    ])
    expect(await refused('training.batch_size=256', 'training.epochs=999')).toEqual([
      `--set training.epochs=999  ${tooLarge}`,
    ])
  })

  test('is the overlay’s fault that brought it in', async () => {
    const files = { ...experiment('batch_size: 64', 'batch_size: 256'), 'configs/full.yaml': full }
    expect(await refusals(() => resolve({ files, configuration: 'full', set: ['training.seed=4'] }))).toEqual(
      [`${directory}/configs/full.yaml:2:1  ${tooLarge}`],
    )
  })

  test('is nobody’s fault where a later layer mends it', async () => {
    const files = { ...experiment('batch_size: 64', 'batch_size: 256'), 'configs/full.yaml': full }
    const { values } = await resolve({ files, configuration: 'full', set: ['training.batch_size=8'] })
    expect(values.training).toMatchObject({ epochs: 900, batch_size: 8 })
  })
})

describe('dataset.path', () => {
  test('is found in one’s home folder, from a flag and from a file', async () => {
    const data = join(homedir(), 'data')
    expect((await resolve({ set: ['dataset.path=~/data'] })).values.dataset.path).toBe(data)
    const files = experiment('name: mnist', 'name: mnist, path: $HOME/data')
    expect((await resolve({ files })).values.dataset.path).toBe(data)
  })

  test('that is none is refused where it stands', async () => {
    expect(await refusals(() => resolve({ set: ['dataset.path=s3://x/y'] }))).toEqual([
      expect.stringMatching(/^--set dataset\.path=s3:\/\/x\/y {2}dataset\.path {2}is an address/),
    ])
    const files = experiment('name: mnist', 'name: mnist, path: $DATA')
    expect(await refusals(() => resolve({ files }))).toEqual([
      expect.stringMatching(/experiment\.yaml:2:31 {2}dataset\.path {2}begins with the variable/),
    ])
  })
})

test('a key without a space after its colon is explained in a file too', async () => {
  const files = experiment('hidden: [512, 512]', 'hidden:512')
  expect(await refusals(() => resolve({ files }))).toContainEqual(
    expect.stringContaining(
      'model.hidden:512  is not a known key  write a space after the colon: hidden: 512',
    ),
  )
})

describe('config.ts', () => {
  const load = (text: string) => refusal(() => resolve({ files: { 'config.ts': text } }))

  test('a syntax error is one error that names the file', async () => {
    expect(await load('export default {{')).toMatch(new RegExp(`^${directory}/config.ts  does not load: `))
  })

  test('a missing default export is refused with what to write', async () => {
    expect(await load('export const x = 1')).toMatch(
      /config.ts {2}has no default export\n {2}write export default defineExperiment\(/,
    )
    expect(await load('export default {}')).toMatch(/exports something else by default/)
  })

  test('an import that is not there is named', async () => {
    expect(await load("import { x } from './nowhere'\nexport default x")).toMatch(
      /config.ts {2}does not load: Cannot find module '.\/nowhere'/,
    )
  })

  test('a transformation that leaves JSON is refused', async () => {
    const text = configTs.replace(
      'seed: z.int().min(0).default(0)',
      'seed: z.int().default(0).transform((x) => new Date(x))',
    )
    expect(await load(text)).toMatch(/makes a value that is not JSON: training.seed is Date/)
  })
})

describe('select', () => {
  test('gives the leaves of the sections asked for, without those of certain roles', async () => {
    const config = await resolve({ set: ['training.optimizer.kind=adam'] })
    expect(config.roles['training.epochs']).toBe('horizon')
    expect(config.roles['acceptance.accuracy.at_least']).toBe('acceptance')
    expect(
      select(config, ['dataset', 'training', 'acceptance'], ['horizon', 'reporting', 'acceptance']),
    ).toEqual({
      dataset: { name: 'mnist', variant: 'mnist' },
      training: {
        batch_size: 64,
        learning_rate: 0.001,
        shuffle: true,
        seed: 0,
        tags: [],
        limit: null,
        optimizer: { kind: 'adam', beta: 0.9 },
      },
      acceptance: {},
    })
  })

  test('says where a thing lies only to who asks for it', async () => {
    const config = await resolve({ set: ['dataset.path=/data/x'] })
    expect(select(config, ['dataset'], [])).toMatchObject({ dataset: { path: '/data/x' } })
    expect(select(config, ['dataset'], ['location'])).toEqual({
      dataset: { name: 'mnist', variant: 'mnist' },
    })
  })
})
