import { homedir } from 'node:os'
import { join } from 'node:path'
import { configTs, directory, experiment, resolve } from '../testing/digits-experiment'
import { refusal, refusals } from '../testing/workspace'

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
        profile: false,
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
