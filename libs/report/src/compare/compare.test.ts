import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type SampleRun, sampleParameters, samplePerformance, writeSampleRun } from '../fixtures/sample-runs'
import { compareRuns } from './compare-runs'
import { type ComparedRun, readComparedRun } from './compared-run'
import { formatComparison } from './format-comparison'
import { comparisonPage, writeComparison } from './write-comparison'

let folder: string
let count = 0
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'compare-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

/** An evaluation of the accuracy given, with its training. */
async function evaluated(
  accuracy: number,
  training: Record<string, unknown> = {},
  more: SampleRun = {},
): Promise<ComparedRun> {
  count += 1
  const at = join(folder, String(count))
  const base = sampleParameters()
  const parameters = { ...base, training: { ...(base.training as object), ...training } }
  const id = `run${count}`
  const { dataset, model } = base
  writeSampleRun(join(at, 'train'), { steps: 50, offset: accuracy / 10, ...more, id, parameters })
  writeSampleRun(join(at, 'evaluate'), {
    ...more,
    id,
    target: 'evaluate',
    parameters: { dataset, model },
    results: {
      metrics: { accuracy, loss: 1 - accuracy },
      acceptance: { accuracy: { at_least: 0.9, met: accuracy >= 0.9 } },
      accepted: accuracy >= 0.9,
    },
  })
  return readComparedRun(join(at, 'evaluate'), join(at, 'train'))
}

test('two runs are set side by side with the difference, and what was set differently', async () => {
  const text = formatComparison(
    compareRuns([await evaluated(0.94), await evaluated(0.96, { learning_rate: 0.002 }, { seconds: 20 })]),
  )
  expect(text).toMatch(/^metric +lightning-mnist run\d+ +lightning-mnist run\d+$/m)
  expect(text).toMatch(/^accuracy +0\.94 +0\.96 \(\+0\.02, better\)$/m)
  expect(text).toMatch(/^loss +0\.06 +0\.04 \(-0\.02\)$/m)
  expect(text).toMatch(/^training took +41 s +20 s$/m)
  expect(text).toMatch(/^training\.learning_rate +0\.001 +0\.002$/m)
  expect(text).not.toContain('training.epochs')
})

test('what trainings got out of their devices stands side by side', async () => {
  const device = { kind: 'gpu', name: 'NVIDIA L4', count: 1 }
  const comparison = compareRuns([
    await evaluated(0.94, {}, { performance: samplePerformance() }),
    await evaluated(0.94, { learning_rate: 0.002 }, { performance: samplePerformance(device) }),
    await evaluated(0.94, { learning_rate: 0.003 }),
  ])
  const text = formatComparison(comparison)
  expect(text).toMatch(/^speed +64,000 images\/s +64,000 images\/s +—$/m)
  expect(text).toMatch(/^share of the peak +40.4 % of that of NVIDIA H200 +40.4 % of that of NVIDIA L4 +—$/m)
  expect(comparisonPage(comparison)).toContain('<td>400 TFLOP/s</td>')
})

test('a run with a name of its own stands under it, in the table and in the page', async () => {
  const runs = [
    { ...(await evaluated(0.94)), name: 'baseline' },
    await evaluated(0.96, { learning_rate: 0.002 }),
  ]
  const comparison = compareRuns(runs)
  expect(formatComparison(comparison)).toMatch(/^metric +baseline +lightning-mnist run\d+$/m)
  expect(comparisonPage(comparison)).toContain('baseline')
})

test('runs that differ in their seeds only are one column with mean and deviation', async () => {
  const runs = await Promise.all([0.95, 0.96, 0.97].map((accuracy, seed) => evaluated(accuracy, { seed })))
  const comparison = compareRuns(runs)
  expect(comparison.columns).toMatchObject([{ name: 'lightning-mnist × 3', seeds: [0, 1, 2] }])
  expect(comparison.metrics[0]?.values[0]).toMatchObject({
    mean: expect.closeTo(0.96),
    deviation: expect.closeTo(0.01),
    count: 3,
  })
  expect(formatComparison(comparison)).toMatch(/^accuracy +0\.96 ± 0\.01 of 3$/m)
})

test('a difference that repeats would often turn round is not called better', async () => {
  const group = (values: number[], learning_rate: number) =>
    Promise.all(values.map((accuracy, seed) => evaluated(accuracy, { seed, learning_rate })))
  const before = await group([0.94, 0.95, 0.96], 0.001)
  const judgement = async (values: number[]) =>
    compareRuns([...before, ...(await group(values, 0.002))]).metrics[0]?.differences[1]
  expect(await judgement([0.945, 0.955, 0.965])).not.toHaveProperty('judgement')
  expect(await judgement([0.98, 0.985, 0.99])).toMatchObject({ judgement: 'better' })
  expect(await judgement([0.9, 0.905, 0.91])).toMatchObject({ judgement: 'worse' })
})

test('columns of repeats are named after what sets them apart', async () => {
  const runs = [
    await evaluated(0.95, { seed: 0 }),
    await evaluated(0.96, { seed: 1 }),
    await evaluated(0.97, { seed: 0, learning_rate: 0.002 }),
    await evaluated(0.98, { seed: 1, learning_rate: 0.002 }),
  ]
  expect(compareRuns(runs).columns.map(({ name }) => name)).toEqual([
    'lightning-mnist × 2, learning_rate 0.001',
    'lightning-mnist × 2, learning_rate 0.002',
  ])
  for (const run of runs) {
    run.run.provenance.components.code = { 'recipe.py': run === runs[0] || run === runs[1] ? 'a' : 'b' }
    const parameters = run.training?.provenance.components.parameters as {
      training: { learning_rate: number }
    }
    parameters.training.learning_rate = 0.001
  }
  expect(compareRuns(runs).columns.map(({ name }) => name)).toEqual([
    'lightning-mnist × 2, group 1',
    'lightning-mnist × 2, group 2',
  ])
})

test('one run that is named twice counts once', async () => {
  const run = await evaluated(0.95)
  const comparison = compareRuns([run, { ...run, run: { ...run.run, directory: 'elsewhere' } }])
  expect(comparison.columns).toHaveLength(1)
  expect(formatComparison(comparison)).toMatch(/^accuracy +0\.95$/m)
})

test('a metric that one run lacks is none there and no zero', async () => {
  const a = await evaluated(0.95)
  const b = await evaluated(0.96, { epochs: 9 })
  b.run.metrics = { psnr: 20 }
  const text = formatComparison(compareRuns([a, b]))
  expect(text).toMatch(/^accuracy +0\.95 +none$/m)
  expect(text).toMatch(/^psnr +none +20$/m)
})

test('trainings without an evaluation are compared by the last values of their curves', async () => {
  const read = (name: string, run: SampleRun) => readComparedRun(writeSampleRun(join(folder, name), run))
  const text = formatComparison(
    compareRuns([
      await read('a', { steps: 50 }),
      await read('b', { steps: 50, offset: 0.5, parameters: { x: 1 } }),
    ]),
  )
  expect(text).toMatch(/^train loss +0\.\d+ +0\.\d+ \(\+0\.5\)$/m)
})

test('code that differs is named, by the beginning of its digest', async () => {
  const a = await evaluated(0.95)
  const b = await evaluated(0.95)
  const components = b.training?.provenance.components as { code: Record<string, string> }
  components.code = { 'experiments/lightning/mnist/recipe.py': 'b'.repeat(64) }
  expect(compareRuns([a, b]).surroundings).toEqual([
    { path: 'train.code.experiments/lightning/mnist/recipe.py', values: ['a'.repeat(10), 'b'.repeat(10)] },
  ])
})

test('the page lays the curves of all runs over each other and needs no other file', async () => {
  const file = join(folder, 'pages/compare.html')
  const evil = '<script>alert(1)</script>'
  await writeComparison(file, compareRuns([await evaluated(0.9), await evaluated(0.95, { [evil]: evil })]))
  const page = readFileSync(file, 'utf8')
  expect(
    page.match(/<figure class="chart"><figcaption>train loss[\s\S]*?<\/figure>/)?.[0].match(/<li>/g),
  ).toHaveLength(2)
  expect(page).not.toContain(evil)
  expect(page).not.toMatch(/(src|href)="(?!#)/)
})

test('what differs alike in training and evaluation is said once', async () => {
  const [a, b] = [await evaluated(0.95), await evaluated(0.96)]
  for (const run of [b.run, b.training]) {
    const components = run?.provenance.components as Record<string, unknown>
    components.code = { 'recipe.py': 'b'.repeat(64) }
  }
  const paths = compareRuns([a, b]).surroundings.map(({ path }) => path)
  expect(paths.filter((path) => path.endsWith('recipe.py')).sort()).toEqual([
    'code.experiments/lightning/mnist/recipe.py',
    'code.recipe.py',
  ])
})
