import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type KeyComponents, keyOf, Layout, listRuns, runId, Store } from '@blacksmith/store'
import { blacksmith } from '../main'

const before = { ...process.env }
let folder: string
let printed: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'runs-command-'))
  process.env.BLACKSMITH_HOME = folder
  printed = ''
  jest.spyOn(console, 'log').mockImplementation((text: string) => {
    printed += `${text}\n`
  })
})
afterEach(() => {
  jest.restoreAllMocks()
  process.env = { ...before }
  rmSync(folder, { recursive: true })
})

/** Stores an artifact of these files and returns its id. */
async function stored(
  { overrides = [], ...components }: KeyComponents & { overrides?: string[] },
  files: Record<string, string>,
): Promise<string> {
  const store = new Store(folder)
  const key = keyOf(components)
  const staging = await store.stage(key)
  for (const [name, text] of Object.entries(files)) writeFileSync(join(staging, name), text)
  const at = '2026-01-02T03:04:05.000Z'
  const run = { id: runId(key), key, components, project: 'lightning-mnist', configuration: 'default' }
  const surroundings = { commit: null, dirty: false, environment: {}, device: {} }
  const times = { started: at, finished: at, seconds: 1 }
  const provenance = {
    version: 1 as const,
    ...run,
    target: components.target,
    overrides,
    ...surroundings,
    ...times,
  }
  return (await store.seal(key, staging, provenance, [])).provenance.id
}

function training(epochs: number, loss: number): Promise<string> {
  const lines = [9, loss].map((each, step) =>
    JSON.stringify({ step, split: 'train', values: { loss: each } }),
  )
  return stored(
    {
      version: 1,
      target: 'train',
      parameters: { training: { epochs, optimizer: 'sgd' } },
      overrides: [`training.epochs=${epochs}`],
    },
    { 'model.safetensors': String(epochs), 'metrics.jsonl': lines.join('\n') },
  )
}

async function evaluation(of: string, accuracy: number): Promise<string> {
  const runs = await listRuns(new Layout(folder))
  const model = runs.find(({ id }) => id === of)?.manifest.files.find(({ path }) => path.startsWith('model'))
  return stored(
    { version: 1, target: 'evaluate', model: model?.sha256 ?? '' },
    { 'metrics.json': JSON.stringify({ accuracy }) },
  )
}

async function runs(...args: string[]): Promise<string> {
  printed = ''
  await blacksmith().parseAsync(['runs', ...args], { from: 'user' })
  return printed
}

/** The ids of the runs listed, in their order. */
const ids = async (...args: string[]) =>
  (JSON.parse(await runs(...args, '--json')) as { id: string }[]).map(({ id }) => id)

const labelsOf = async (id: string) =>
  (await listRuns(new Layout(folder))).find((run) => run.id === id)?.labels

describe('an option that both the list and a subcommand have', () => {
  test('is the subcommand’s after its name', async () => {
    const id = await training(3, 0.5)
    await runs('label', id, '--tag', 'good', '--tag', 'small')
    expect(await labelsOf(id)).toEqual({ tags: ['good', 'small'] })
    await runs('label', '--untag', 'small', id)
    expect(await labelsOf(id)).toEqual({ tags: ['good'] })
    expect(JSON.parse(await runs('show', id, '--json'))).toMatchObject({ id, metrics: { 'train loss': 0.5 } })
  })

  test.each([
    [['--json', 'show', 'x'], /--json {2}stands before show.*\n.*runs show … --json/],
    [['--tag', 'good', 'label', 'x'], /--tag {2}stands before label/],
  ])('is refused before it: %j', async (args, message) => {
    await expect(runs(...args)).rejects.toThrow(message)
  })
})

test('a label command that sets nothing is refused', async () => {
  await expect(runs('label', await training(3, 0.5))).rejects.toThrow(/no label is given\n.*--tag <tag>/)
})

test('runs are listed with what was set and with their last metrics', async () => {
  const trained = await training(3, 0.25)
  await evaluation(trained, 0.9541)
  const table = await runs()
  expect(table).toMatch(/^run .* set +metrics /m)
  expect(table).toMatch(new RegExp(`^${trained} .* training\\.epochs=3 +train loss 0\\.25 `, 'm'))
  expect(table).toMatch(/ evaluate .* accuracy 0\.9541 /)
})

test('the list ends with the environments beside the runs, where there are any', async () => {
  expect(await runs()).toBe('The store holds no such runs.\n')
  const environment = join(new Layout(folder).environments, 'jax-0123456789abcdef')
  mkdirSync(environment, { recursive: true })
  writeFileSync(join(environment, 'jax.so'), '.'.repeat(2000))
  await training(3, 0.25)
  expect((await runs()).trimEnd().split('\n').slice(-2)).toEqual([
    '',
    'beside them 1 Python environment, 2.0 kB: see `npx blacksmith environment`',
  ])
  expect(await ids()).toHaveLength(1)
})

describe('runs', () => {
  let trained: string[]
  let evaluated: string[]
  beforeEach(async () => {
    trained = [await training(3, 0.25), await training(12, 0.5)]
    evaluated = [await evaluation(trained[0] ?? '', 0.9), await evaluation(trained[1] ?? '', 0.95)]
  })

  test.each([
    ['accuracy>=0.95', [3]],
    ['accuracy != 0.95', [0, 1, 2]],
    ['train loss<0.5', [0]],
    ['training.epochs>=12', [1, 3]],
    ['training.epochs=3.0', [0, 2]],
    ['training.optimizer=sgd', [0, 1, 2, 3]],
    ['target=train', [0, 1]],
    ['finished>2026-01-03', []],
  ])('that meet %s are kept', async (condition, places) => {
    const all = [...trained, ...evaluated]
    expect((await ids('--filter', condition)).sort()).toEqual(places.map((place) => all[place]).sort())
  })

  test('meet all of several conditions', async () => {
    expect(await ids('--filter', 'training.epochs>3', '--filter', 'target=train')).toEqual([trained[1]])
  })

  test('are sorted by number, either way, those without the field last', async () => {
    const sorted = await ids('--sort', 'accuracy')
    expect(sorted.slice(0, 2)).toEqual(evaluated)
    expect((await ids('--sort', '-accuracy')).slice(0, 2)).toEqual([...evaluated].reverse())
    expect(await ids('--target', 'train', '--sort=training.epochs')).toEqual(trained)
  })

  test.each([
    [['--sort', 'acuracy'], /--sort acuracy {2}no run has acuracy\n.*did you mean accuracy\?/],
    [['--filter', 'training.epoch=3'], /no run has training\.epoch\n.*did you mean training\.epochs\?/],
    [['--filter', 'accuracy'], /--filter accuracy {2}is no condition\n.*accuracy>=0\.95/],
  ])('are not looked for by what nobody has: %j', async (args, message) => {
    await expect(runs(...args)).rejects.toThrow(message)
  })

  test('are found by their tags', async () => {
    const [id = ''] = trained
    await runs('label', id, '--tag', 'good', '--name', 'first')
    expect(await ids('--filter', 'tags=good')).toEqual([id])
    expect(await ids('--filter', 'name=first')).toEqual([id])
    expect(await ids('--filter', 'tags!=good')).toHaveLength(3)
  })
})

test('the trials of a sweep are listed by its name, sorted, and given to spreadsheets', async () => {
  const [first, second] = [await training(1, 0.5), await training(2, 0.3)]
  await training(3, 0.1)
  const keys = new Map((await listRuns(new Layout(folder))).map(({ id, key }) => [id, key]))
  const trial = (number: number, id: string) => ({ number, rungs: [{ runs: [{ key: keys.get(id) }] }] })
  mkdirSync(join(folder, 'sweeps/lightning-mnist'), { recursive: true })
  writeFileSync(
    join(folder, 'sweeps/lightning-mnist/quick.json'),
    JSON.stringify({ trials: [trial(1, first), trial(2, second)] }),
  )
  const write = jest.spyOn(process.stdout, 'write').mockReturnValue(true)
  await runs('--sweep', 'quick', '--sort', '-trial', '--where', 'training.epochs<9', '--csv')
  const [heading = '', ...rows] = String(write.mock.calls[0]?.[0]).trim().split('\n')
  expect(heading).toMatch(/^run,trial,.*training.epochs/)
  expect(rows.map((row) => row.split(',').slice(0, 2))).toEqual([
    [second, '2'],
    [first, '1'],
  ])
  await expect(runs('--sweep', 'quik')).rejects.toThrow('did you mean quick?')
})
