import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readComparedRun } from '../compare/compared-run'
import { sampleParameters, writeSampleRun } from '../fixtures/sample-runs'
import { exportToWandb } from './export-to-wandb'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'wandb-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

/** wandb needs its service: what stands in for it here takes the same calls and writes down what came. */
const withStandIn = () => ({
  ...process.env,
  PYTHONPATH: join(__dirname, 'testing'),
  STAND_IN_FOR_WANDB: join(folder, 'logged.json'),
})

async function evaluated(metrics?: string) {
  const training = writeSampleRun(join(folder, 'train'), { steps: 100, id: 'aaaaaaaaaa' })
  if (metrics !== undefined) writeFileSync(join(training, 'metrics.jsonl'), metrics)
  const results = { metrics: { accuracy: 0.95 }, acceptance: {}, accepted: true }
  const evaluation = writeSampleRun(join(folder, 'evaluate'), { target: 'evaluate', parameters: {}, results })
  return readComparedRun(evaluation, training)
}

test('parameters, every point and the evaluation reach wandb, each step once', async () => {
  const address = await exportToWandb(await evaluated(), {
    project: 'digits',
    tags: ['a'],
    env: withStandIn(),
  })
  expect(address).toBeUndefined()
  const logged = JSON.parse(readFileSync(join(folder, 'logged.json'), 'utf8'))
  expect(logged.settings).toMatchObject({
    project: 'digits',
    id: 'aaaaaaaaaa',
    name: 'lightning-mnist-aaaaaaaaaa',
    tags: ['a'],
    config: { ...sampleParameters(), device: { kind: 'cpu' } },
  })
  expect(logged.history).toHaveLength(100)
  expect(Object.keys(logged.history[99][1])).toEqual(['train/loss', 'validation/loss', 'validation/accuracy'])
  expect(logged.summary.accuracy).toBe(0.95)
  expect(logged.finished).toBe(true)
})

test('an interpreter without wandb, or none at all, is reported with what to do', async () => {
  const run = await evaluated()
  const exported = (python: string, env = process.env) =>
    exportToWandb(run, { project: 'digits', python, env })
  await expect(exported('python3', { ...process.env, PYTHONPATH: '' })).rejects.toThrow(
    'python3 has no wandb, which exports to W&B need\n  install it (python3 -m pip install wandb)',
  )
  await expect(exported(join(folder, 'python'))).rejects.toThrow(/cannot be started\n.*--python <path>/)
})

test('what wandb refuses fails', async () => {
  const falling = [3, 1]
    .map((step) => JSON.stringify({ step, split: 'train', values: { loss: 1 } }))
    .join('\n')
  const run = await evaluated(falling)
  const env = { ...withStandIn(), PYTHONWARNINGS: 'ignore' }
  await expect(exportToWandb(run, { project: 'digits', env })).rejects.toThrow(
    'wandb did not take run aaaaaaaaaa',
  )
})
