import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { DeviceKind, Json } from '@blacksmith/config'
import { type KeyComponents, keyOf, listRuns, runId, Store, type Target } from '@blacksmith/store'
import { type Draft, plan } from '@blacksmith/task'
import { execute } from '../../../../libs/task/src/testing/execute'
import { TinyWorkspace } from '../../../../libs/task/src/testing/tiny-workspace'
import { experimentParity } from './experiment-parity'

let workspace: TinyWorkspace
let store: Store
beforeEach(() => {
  workspace = new TinyWorkspace()
  store = new Store(workspace.home)
  describeExperiment('parity: { walked: { absolute: 0.5 } }')
  workspace.write('libs/python/requirements/plain-cuda.txt', '')
  workspace.write('libs/python/requirements/plain-tt.txt', '')
})
afterEach(() => workspace.dispose())

function describeExperiment(parity: string, devices = '[tt, gpu, cpu]'): void {
  const text = `description: A weight that walks at random
dataset: { name: counts, size: 4 }
model: { name: weight }
devices: ${devices}
training: { epochs: 3, seed: 7 }
${parity}
`
  workspace.write('experiments/plain/tiny/experiment.yaml', text)
}

const parity = (kinds?: DeviceKind[], ...set: string[]) =>
  experimentParity(store.layout, workspace.request('evaluate', ...set), kinds ? { kinds } : {})

/** Trains and evaluates on the CPU, and says how far the weight walked. */
async function runOnCpu(...set: string[]): Promise<number> {
  const request = workspace.request('evaluate', ...set)
  const flags = { ...request.flags, device: 'cpu' }
  const { results } = await execute({ ...request, flags }, workspace.session())
  return results?.metrics.walked ?? Number.NaN
}

/** Stores what a run on a device that is not here would leave. */
async function storeRunOn(device: DeviceKind, walked: number, ...set: string[]): Promise<void> {
  const request = workspace.request('evaluate', ...set)
  const evaluation = await plan({ ...request, flags: { ...request.flags, device } })
  const training = evaluation.producers.find((producer) => producer.request.target === 'train')
  const weights = await seal('train', training?.draft ?? {}, {}, 'model.safetensors', `${device} ${walked}`)
  await seal('evaluate', evaluation.draft, { model: weights }, 'metrics.json', JSON.stringify({ walked }))
}

async function seal(
  target: Target,
  draft: Draft,
  more: Record<string, Json>,
  name: string,
  text: string,
): Promise<string> {
  const known = Object.entries(draft).flatMap(([part, fact]) => (fact.known ? [[part, fact.value]] : []))
  const components = { ...Object.fromEntries(known), ...more } as KeyComponents
  const key = keyOf(components)
  const staging = await store.stage(key)
  writeFileSync(join(staging, name), text)
  const at = new Date().toISOString()
  const { manifest } = await store.seal(
    key,
    staging,
    {
      version: 1,
      id: runId(key),
      key,
      components,
      project: 'plain-tiny',
      configuration: 'default',
      target,
      overrides: [],
      commit: null,
      dirty: false,
      environment: {},
      device: components.placement as Json,
      started: at,
      finished: at,
      seconds: 1,
    },
    [],
  )
  return manifest.files[0]?.sha256 ?? ''
}

test('a kind within the tolerance of the CPU has parity, and a kind without runs is named with what makes one', async () => {
  const walked = await runOnCpu()
  await storeRunOn('gpu', walked + 0.25)
  const { parity: held, missing } = await parity()
  expect(held).toMatchObject({ reference: 'cpu', kinds: ['cpu', 'gpu'], holds: true })
  expect(missing).toEqual([
    {
      message: 'plain-tiny as it is now has no run on tt in the store',
      remedy: 'make one where there is such a device: npx nx run plain-tiny:evaluate --device=tt',
    },
  ])
  await storeRunOn('tt', walked - 0.75)
  expect(await parity()).toMatchObject({ parity: { holds: false }, missing: [] })
  expect(await parity(['gpu', 'cpu'])).toMatchObject({ parity: { reference: 'gpu', holds: true } })
})

test('runs that differ in their seeds are repeats, and runs with other parameters are not taken', async () => {
  const values = [await runOnCpu(), await runOnCpu('training.seed=8')]
  await runOnCpu('training.epochs=1')
  await storeRunOn('gpu', 6)
  const { parity: held, found } = await parity()
  expect(found.map(({ kind, runs }) => [kind, runs.length])).toEqual([
    ['cpu', 2],
    ['tt', 0],
    ['gpu', 1],
  ])
  expect(held.rows[0]?.reference.mean).toBeCloseTo((values[0] ?? 0) / 2 + (values[1] ?? 0) / 2)
})

test('where fewer than two kinds have runs, or one that was asked for has none, all that is missing is reported', async () => {
  await runOnCpu()
  await expect(parity()).rejects.toThrow(/no run on tt.*\n.*\n.*no run on gpu/)
  await storeRunOn('gpu', 6, 'training.epochs=1')
  await expect(parity(['cpu', 'gpu'])).rejects.toThrow(
    /no run on gpu in the store; [0-9a-f]{10} was made from other parameters\n {2}make one .* --device=gpu$/,
  )
  await expect(parity(['cpu', 'tt'], 'training.epochs=2')).rejects.toThrow(
    /--device=tt --set training\.epochs=2/,
  )
})

test('a missing run is named by its project wherever experiments lie', async () => {
  const options = { experiments: 'research/runs' }
  workspace.write('nx.json', JSON.stringify({ plugins: [{ plugin: '@blacksmith/executors', options }] }))
  mkdirSync(join(workspace.root, 'research'))
  renameSync(join(workspace.root, 'experiments'), join(workspace.root, 'research/runs'))
  const request = { ...workspace.request('evaluate'), directory: 'research/runs/plain/tiny' }
  await expect(experimentParity(store.layout, request)).rejects.toThrow(/npx nx run plain-tiny:evaluate /)
})

test('runs that another machine exported count as if they were in the store', async () => {
  const walked = await runOnCpu()
  const here = store
  store = new Store(join(workspace.root, 'elsewhere'))
  await storeRunOn('gpu', walked)
  const runs = await listRuns(store.layout, {})
  store = here
  const folders = [...runs, ...(await listRuns(here.layout, {}))].map(({ directory }) => directory)
  const request = workspace.request('evaluate')
  expect(await experimentParity(store.layout, request, { folders })).toMatchObject({
    parity: { holds: true },
  })
  await expect(experimentParity(store.layout, request, { folders: [workspace.root] })).rejects.toThrow(
    /holds no run\n {2}name a folder that/,
  )
})

test('an experiment that does not say how far its metrics may differ is refused before anything is looked for', async () => {
  describeExperiment('')
  await expect(parity()).rejects.toThrow(
    /experiments\/plain\/tiny\/experiment.yaml {2}parity {2}no tolerance is given/,
  )
})
