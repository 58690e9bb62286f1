import { readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { cacheHits } from './cache-hits'
import { addTinyExperiment, plainPython } from './tiny-experiment'
import { outputFolder, type Result, Workspace } from './workspace'

interface Results {
  metrics: Record<string, number>
  acceptance: Record<string, { at_least: number; met: boolean }>
  accepted: boolean
}

const dist = 'dist/lightning-mnist/default'
const tiny = 'dist/plain-tiny/default'
const targets = ['prepare-data', 'train', 'evaluate']

const workspace = new Workspace()
beforeAll(() => {
  addTinyExperiment(workspace)
  workspace.onCpu(1)
})
afterAll(() => workspace.dispose())

describe('nx run lightning-mnist:evaluate, from a fresh copy', () => {
  let first: Result

  beforeAll(() => {
    first = workspace.nx(['run', 'lightning-mnist:evaluate'])
  })

  test('prepares, trains and evaluates, and the model is accepted', () => {
    expect(first.status === 0 ? 'ok' : first.output).toBe('ok')
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
    expect(workspace.read(`${dist}/train/metrics.jsonl`).trim().split('\n').length).toBeGreaterThan(3)
  })

  test('off a terminal, progress comes in whole lines without control characters', () => {
    expect(first.output).toMatch(/epoch \d+\/\d+.*loss/)
    expect(first.output).not.toContain('\u001b[')
    expect(first.output).not.toContain('\r')
  })

  test('a second run is a cache hit of all three targets, which restores a deleted dist/', () => {
    const model = readFileSync(workspace.path(dist, 'train/model.safetensors'))
    workspace.remove('dist')
    expect(workspace.nx(['run', 'lightning-mnist:evaluate']).status).toBe(0)
    expect(cacheHits(workspace)).toEqual(targets.map((target) => `lightning-mnist:${target}`).sort())
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
})

describe('a changed parameter', () => {
  const flags = ['--set', 'model.start=2', '--set', 'training.epochs=2']
  const train = (...args: string[]) => {
    const result = workspace.nx(['run', 'plain-tiny:train', ...args], plainPython)
    expect(result.status === 0 ? 'ok' : result.output).toBe('ok')
    return result.output
  }
  beforeAll(() => train())

  test('trains again, and explain says what changed from what to what', () => {
    const explained = workspace.blacksmith(['explain', 'plain-tiny:train', ...flags], plainPython)
    expect(explained.output).toMatch(/parameters\.model\.start: 0 → 2/)
    const again = train(...flags)
    // The data are the same, with these flags and without.
    expect(again).not.toMatch(/it stands in \S+\/prepare-data/)
    const overrides = (place: string) =>
      workspace.json<{ overrides: string[] }>(`${place}/provenance.json`).overrides
    expect(overrides(outputFolder(again))).toEqual(['model.start=2', 'training.epochs=2'])
    expect(overrides(`${tiny}/train`)).toEqual([])
    expect(again).not.toMatch(/the store has run [0-9a-f]{10} \(plain-tiny:train\)/)
  })

  test('with the same flags the store answers, and the result stands where it stood', () => {
    const again = train(...flags)
    expect(again).toMatch(/nothing to do: the store has run [0-9a-f]{10} \(plain-tiny:train\)/)
    expect(outputFolder(again)).toMatch(/^dist\/plain-tiny\/default\+[0-9a-f]{10}\/train$/)
    expect(workspace.exists(outputFolder(again), 'model.safetensors')).toBe(true)
  })

  test('a prepared file with one flipped byte and its old time is found by train before it trains, and mended', () => {
    const file = workspace.path(tiny, 'prepare-data/counts.txt')
    const times = statSync(file)
    const bytes = readFileSync(file)
    const flipped = Buffer.from(bytes)
    flipped[flipped.length - 1] = (flipped[flipped.length - 1] ?? 0) ^ 1
    writeFileSync(file, flipped)
    utimesSync(file, times.atime, times.mtime)
    // nx itself may restore its output or trust it; the trainer's own look is what is tested here.
    train('--set', 'model.start=3')
    expect(readFileSync(file).equals(bytes)).toBe(true)
  })
})
