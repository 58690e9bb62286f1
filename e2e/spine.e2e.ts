import { readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { placeOf, Workspace } from './workspace'

interface Results {
  metrics: Record<string, number>
  acceptance: Record<string, { at_least: number; met: boolean }>
  accepted: boolean
}

const dist = 'dist/lightning-mnist/default'
const targets = ['prepare-data', 'train', 'evaluate']
const steps = (workspace: Workspace) =>
  workspace
    .read(`${dist}/train/metrics.jsonl`)
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { step: number; split: string })

describe('nx run lightning-mnist:evaluate, from a fresh copy', () => {
  const workspace = new Workspace()
  let first: { status: number | null; output: string }

  beforeAll(() => {
    workspace.onCpu(1)
    first = workspace.nx(['run', 'lightning-mnist:evaluate'])
  })
  afterAll(() => workspace.dispose())

  test('prepares, trains and evaluates, and the model is accepted', () => {
    expect(first.output).toContain('Successfully ran target evaluate')
    expect(first.status).toBe(0)
    const results = workspace.json<Results>(`${dist}/evaluate/results.json`)
    expect(results.accepted).toBe(true)
    expect(results.acceptance.accuracy).toEqual({ at_least: expect.any(Number), met: true })
    expect(results.metrics.accuracy).toBeGreaterThan(results.acceptance.accuracy?.at_least ?? 1)
  })

  test('leaves a manifest and a provenance beside each artifact, and the model with its metrics', () => {
    for (const target of targets) {
      expect(workspace.exists(dist, target, 'manifest.json')).toBe(true)
      expect(workspace.exists(dist, target, 'provenance.json')).toBe(true)
    }
    expect(workspace.exists(dist, 'train/model.safetensors')).toBe(true)
    expect(steps(workspace).length).toBeGreaterThan(3)
  })

  test('off a terminal, progress comes in whole lines without control characters', () => {
    expect(first.output).toMatch(/epoch \d+\/\d+.*loss/)
    expect(first.output).not.toContain('\u001b[')
    expect(first.output).not.toContain('\r')
  })

  test('a second run is a cache hit of all three targets, and says so', () => {
    const second = workspace.nx(['run', 'lightning-mnist:evaluate'])
    expect(second.output).toMatch(
      /Nx read the output from the cache instead of running the command for 3 out of 3 tasks|3\/3 hit|3 hit/,
    )
    expect(second.status).toBe(0)
  })

  test('a deleted dist/ is restored without training', () => {
    const model = readFileSync(workspace.path(dist, 'train/model.safetensors'))
    workspace.remove('dist')
    expect(workspace.nx(['run', 'lightning-mnist:evaluate']).status).toBe(0)
    expect(readFileSync(workspace.path(dist, 'train/model.safetensors')).equals(model)).toBe(true)
    expect(workspace.json<Results>(`${dist}/evaluate/results.json`).accepted).toBe(true)
  })

  test('without Nx’s cache the store answers, and says which run it reuses', () => {
    workspace.forgetNxCache()
    workspace.remove('dist')
    const again = workspace.nx(['run', 'lightning-mnist:evaluate'])
    expect(again.status).toBe(0)
    expect(again.output).toMatch(/the store has run [0-9a-f]{10} \(lightning-mnist:train\)/)
    expect(again.output).not.toMatch(/epoch \d+\/\d+/)
  })

  test('a comment in experiment.yaml costs no training step', () => {
    workspace.edit('experiments/lightning/mnist/experiment.yaml', 'dataset:', '# a remark\ndataset:')
    const again = workspace.nx(['run', 'lightning-mnist:train'])
    expect(again.status).toBe(0)
    expect(again.output).not.toMatch(/epoch \d+\/\d+/)
  })

  test('a changed parameter trains again, and explain says what changed from what to what', () => {
    const override = ['--set', 'training.learning_rate=0.002', '--set', 'training.epochs=1']
    const explained = workspace.blacksmith(['explain', 'lightning-mnist:train', ...override])
    expect(explained.output).toMatch(/parameters\.training\.learning_rate: [\d.e-]+ → 0\.002/)
    const again = workspace.nx(['run', 'lightning-mnist:train', ...override])
    expect(again.status).toBe(0)
    expect(again.output).toMatch(/epoch 1\/1/)
    // The data are the same, with these flags and without.
    expect(again.output).not.toMatch(/it stands in \S+\/prepare-data/)
    const overrides = (place: string) =>
      workspace.json<{ overrides: string[] }>(`${place}/provenance.json`).overrides
    expect(overrides(placeOf(again.output))).toEqual(['training.learning_rate=0.002', 'training.epochs=1'])
    expect(overrides(`${dist}/train`)).toEqual([])
  })

  test('with the same flags the store answers, and the result stands where it stood', () => {
    const flags = ['--set', 'training.learning_rate=0.002', '--set', 'training.epochs=1']
    const again = workspace.nx(['run', 'lightning-mnist:train', ...flags])
    expect(again.status).toBe(0)
    expect(again.output).toMatch(/nothing to do: the store has run [0-9a-f]{10} \(lightning-mnist:train\)/)
    expect(placeOf(again.output)).toMatch(/^dist\/lightning-mnist\/default\+[0-9a-f]{10}\/train$/)
    expect(workspace.exists(placeOf(again.output), 'model.safetensors')).toBe(true)
  })

  test('a prepared file with one flipped byte and its old time is found by train before it trains, and mended', () => {
    const manifest = workspace.json<{ files: { path: string }[] }>(`${dist}/prepare-data/manifest.json`)
    const file = workspace.path(dist, 'prepare-data', manifest.files[0]?.path ?? '')
    const times = statSync(file)
    const bytes = readFileSync(file)
    const flipped = Buffer.from(bytes)
    flipped[flipped.length - 1] = (flipped[flipped.length - 1] ?? 0) ^ 1
    writeFileSync(file, flipped)
    utimesSync(file, times.atime, times.mtime)
    // nx itself may restore its output or trust it; the trainer's own look is what is tested here.
    const again = workspace.nx([
      'run',
      'lightning-mnist:train',
      '--set',
      'training.epochs=2',
      '--set',
      'training.learning_rate=0.003',
    ])
    expect(again.status).toBe(0)
    expect(readFileSync(file).equals(bytes)).toBe(true)
  })
})
