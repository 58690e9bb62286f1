import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import {
  type Artifact,
  type KeyComponents,
  keyOf,
  listRuns,
  manifestDigest,
  runId,
  Store,
} from '@blacksmith/store'
import { removeCommand } from './remove-runs'

const before = { ...process.env }
let folder: string
let store: Store
let data: Artifact
let training: Artifact
let printed: string

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'remove-command-'))
  process.env.BLACKSMITH_HOME = join(folder, 'home')
  store = new Store(join(folder, 'home'))
  data = await stored({ version: 1, target: 'prepare-data' }, 'train.bin')
  training = await stored(
    { version: 1, target: 'train', data: manifestDigest(data.manifest) },
    'model.safetensors',
  )
  printed = ''
  jest.spyOn(console, 'log').mockImplementation((text: string) => {
    printed += `${text}\n`
  })
})
afterEach(() => {
  jest.restoreAllMocks()
  process.env = { ...before }
  process.exitCode = undefined
  rmSync(folder, { recursive: true })
})

async function stored(components: KeyComponents, file: string): Promise<Artifact> {
  const key = keyOf(components)
  const staging = await store.stage(key)
  writeFileSync(join(staging, file), file)
  const at = '2026-01-02T03:04:05.000Z'
  const artifact = await store.seal(
    key,
    staging,
    {
      version: 1,
      id: runId(key),
      key,
      components,
      project: 'lightning-mnist',
      configuration: 'default',
      target: components.target,
      overrides: [],
      commit: null,
      dirty: false,
      environment: {},
      device: {},
      started: at,
      finished: at,
      seconds: 0,
    },
    [],
  )
  await store.materialize(artifact, join(folder, 'dist/lightning-mnist/default', components.target))
  return artifact
}

/** A terminal on which `answer` is typed. */
function typing(answer: string, isTTY = true) {
  const input = Object.assign(new PassThrough(), { isTTY })
  input.write(answer)
  return { input, output: Object.assign(new PassThrough(), { isTTY }) }
}

const left = async () => (await listRuns(store.layout)).length
const copies = () => readdirSync(join(folder, 'dist/lightning-mnist/default')).sort()

test('runs are removed with what came of them and their copies, after a yes to the list of them', async () => {
  await removeCommand(typing('y\n')).parseAsync([data.provenance.id], { from: 'user' })
  const { id } = data.provenance
  expect(printed).toMatch(new RegExp(`^${id} .* prepare-data +2026-01-02 03:04:05 +it was named$`, 'm'))
  expect(printed).toMatch(new RegExp(`^${training.provenance.id} .*it read the data of ${id}$`, 'm'))
  expect(printed).toContain(join(folder, 'dist/lightning-mnist/default/train'))
  expect(printed).toContain('Removed 2 runs, and 2 copies in dist/.')
  expect(printed).toContain('run the target with --skip-nx-cache, or npx nx reset')
  expect(await left()).toBe(0)
  expect(copies()).toEqual([])
  expect(process.exitCode).toBeUndefined()
})

test('nothing is removed after a no, and the exit code says so', async () => {
  await removeCommand(typing('\n')).parseAsync([data.provenance.id], { from: 'user' })
  expect(printed).toContain('Nothing was removed.')
  expect(process.exitCode).toBe(1)
  expect(await left()).toBe(2)
  expect(copies()).toEqual(['prepare-data', 'train'])
})

test('without a terminal runs are listed, and removed only when --yes is given', async () => {
  const references = [training.provenance.id]
  const asked = removeCommand(typing('y\n', false)).parseAsync(references, { from: 'user' })
  await expect(asked).rejects.toThrow(/Remove 1 run\? There is no terminal to ask on\n {2}add --yes/)
  expect(printed).toContain(training.provenance.id)
  expect(await left()).toBe(2)
  await removeCommand(typing('', false)).parseAsync([...references, '--yes'], { from: 'user' })
  expect(printed).toContain('Removed 1 run, and 1 copy in dist/.')
  expect(await left()).toBe(1)
  expect(copies()).toEqual(['prepare-data'])
})
