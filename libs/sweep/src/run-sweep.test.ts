import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { readHeader, readSweep } from '@blacksmith/config'
import { TinyWorkspace } from '@blacksmith/task/testing'
import type { Session } from '@blacksmith/terminal'
import { evaluateBest } from './finish-sweep'
import { noteSweep } from './results/record'
import { resultsAsItGoesOn, writeResults } from './results/write-results'
import { runSweep, type SweepRequest } from './run-sweep'

let workspace: TinyWorkspace
beforeAll(() => {
  workspace = new TinyWorkspace()
})
afterAll(() => workspace.dispose())
beforeEach(() => {
  workspace.said()
})

const directory = 'experiments/plain/tiny'
const objective = 'objective: { metric: weight, goal: maximize, split: train }'

/** Runs a sweep of this YAML. */
async function sweep(yaml: string, o: Partial<SweepRequest> = {}, session: Partial<Session> = {}) {
  workspace.write(`${directory}/sweeps/try.yaml`, yaml)
  const header = readHeader(workspace.root, `${directory}/experiment.yaml`)
  const read = readSweep(workspace.root, header, 'try')
  const request = { ...workspace.request('train'), configuration: read.configuration }
  return runSweep({ sweep: read, request, ...o }, workspace.session(session))
}

test('a grid trains each combination once; run again it trains nothing, and wider only what is new', async () => {
  const yaml = `${objective}\nsampler: grid\nspace: { model.start: [0, 1], training.seed: [1, 2] }\n`
  const outcome = await sweep(yaml)
  expect(outcome.trials.map(({ parameters }) => Object.values(parameters))).toEqual([
    [0, 1],
    [0, 2],
    [1, 1],
    [1, 2],
  ])
  expect(outcome).toMatchObject({ trained: 4, reused: 0, best: [{ number: 4 }] })
  expect(workspace.said()).toContain('4 trials: 0 of 4 trainings are in the store, 4 to train')
  const again = await sweep(yaml, { parallel: 1 })
  expect(workspace.said()).toContain('4 trials: 4 of 4 trainings are in the store, 0 to train')
  expect(again).toMatchObject({ trained: 0, reused: 4, trials: outcome.trials, best: outcome.best })
  const wider = await sweep(yaml.replace('[0, 1]', '[0, 1, 2]').replace('[1, 2]', '[2]'))
  expect(wider).toMatchObject({ trained: 1, reused: 2 })
  expect(workspace.said()).toMatch(/3 trials: 2 of 3 trainings are in the store, 1 to train, about \d/)
})

test('a promoted trial goes on from its own shorter run, and the best of each rung are promoted', async () => {
  const yaml = `${objective}\nsampler: grid\nspace: { model.start: [30, 40, 31, 41] }\nhalving: { from: 1, to: 4, factor: 2 }\n`
  const { trials, best } = await sweep(yaml)
  const rungs = trials.map((trial) => [trial.state, ...trial.rungs.map(({ horizon }) => horizon)])
  expect(rungs).toEqual([
    ['stopped', 1],
    ['stopped', 1, 2],
    ['stopped', 1],
    ['complete', 1, 2, 4],
  ])
  expect(best).toMatchObject([{ number: 4 }])
  const continued = workspace
    .said()
    .split('\n')
    .filter((line) => line.includes('continuing at step'))
  // Four steps an epoch.
  expect(continued.map((line) => Number(line.split(' ').at(-1))).sort()).toEqual([4, 4, 8])
})

test('a trial below the median of earlier ones ends as a shorter run, and its value counts', async () => {
  const yaml = `${objective}\nsampler: grid\nbatch: 2\nspace: { model.start: [50, 60, 40, 70] }\nmedian: { from: 1, to: 2, after: 2 }\n`
  const { trials } = await sweep(yaml)
  expect(trials.map(({ state }) => state)).toEqual(['complete', 'complete', 'stopped', 'complete'])
  expect(trials[2]?.rungs).toMatchObject([{ horizon: 1, runs: [{ id: expect.any(String) }] }])
})

test('a trial that diverges is a trial with that outcome, which is kept; --retry tries it again', async () => {
  const yaml = `${objective}\nsampler: grid\nspace: { training.break_at: [2, -1], model.start: [3] }\n`
  const outcome = await sweep(yaml)
  expect(outcome.trials).toMatchObject([
    { state: 'failed', failure: { kind: 'nan', message: expect.stringContaining('at step 2') } },
    { state: 'complete' },
  ])
  expect(workspace.said()).toMatch(/trial 1 failed \(nan\): weight became nan at step 2/)
  expect(await sweep(yaml)).toMatchObject({ trained: 0, reused: 2, trials: outcome.trials })
  expect(await sweep(yaml, { retry: true })).toMatchObject({ trained: 1, reused: 1, trials: outcome.trials })
})

test('repeats are judged by their mean, with their deviation', async () => {
  const yaml = `${objective}\nsampler: grid\nspace: { model.start: [0] }\nrepeats: { values: [1, 2] }\n`
  const { trials, reused } = await sweep(yaml)
  const rung = trials[0]?.rungs[0]
  const [a = 0, b = 0] = rung?.runs.map(({ values: [value = 0] }) => value) ?? []
  expect(rung?.values[0]).toBeCloseTo((a + b) / 2)
  expect(rung?.deviations[0]).toBeCloseTo(Math.abs(a - b) / Math.SQRT2)
  // Those that the grid above has trained.
  expect(reused).toBe(2)
})

test('combinations that a constraint does not want are not tried', async () => {
  const yaml = `${objective}\nsampler: grid\nspace: { model.start: [0, 1], training.seed: [1, 2] }\nconstraints: [model.start + training.seed != 2]\n`
  const { trials } = await sweep(yaml)
  expect(trials.map(({ parameters }) => Object.values(parameters).join())).toEqual(['0,1', '1,2'])
})

test('what a stop leaves goes on with the same sweep, no step twice, whatever the parallelism', async () => {
  const yaml = `${objective}\nsampler: grid\nspace: { training.seed: [11, 12, 13] }\n`
  const stop = new AbortController()
  const display = workspace.session().display
  const stopping = {
    ...display,
    event: (event: { event: string; what?: unknown }) => {
      if (event.event === 'doing' && /trial 2 \d/.test(String(event.what))) stop.abort()
    },
  }
  const slow = { request: { ...workspace.request('train', 'training.pause=0.05') }, parallel: 1 }
  await expect(sweep(yaml, slow, { signal: stop.signal, display: stopping })).rejects.toThrow()
  const rest = await sweep(yaml, { parallel: 2 })
  expect(rest.reused + rest.trained).toBe(3)
  expect(rest.trained).toBeLessThan(3)
  expect(workspace.said()).toMatch(/trial 2: continuing at step \d/)
})

test('a metric that train does not record is refused with those that it does', async () => {
  const yaml = `objective: { metric: walked, goal: maximize }\nsampler: grid\nspace: { model.start: [0] }\n`
  await expect(sweep(yaml)).rejects.toThrow(
    /train records no walked on the split validation\n.*train: weight\. What only evaluate measures is of the test split/,
  )
})

test('three trainings in a row that cannot be run end the sweep', async () => {
  const yaml = `${objective}\nsampler: grid\nspace: { training.seed: [21, 22] }\n`
  const before = process.env.BLACKSMITH_DEVICE
  process.env.BLACKSMITH_DEVICE = 'cpu9999'
  try {
    await expect(sweep(yaml)).rejects.toThrow(/BLACKSMITH_DEVICE asks for cores 9999/)
  } finally {
    if (before === undefined) delete process.env.BLACKSMITH_DEVICE
    else process.env.BLACKSMITH_DEVICE = before
  }
})

test('tables and report are there while a sweep goes on, and are not written after each of many quick batches', async () => {
  const yaml = `${objective}\nsampler: grid\nspace: { model.start: [51, 52, 53] }\nbatch: 1\n`
  const show = resultsAsItGoesOn()
  const rows: number[] = []
  await sweep(yaml, {
    onBatch: async (outcome) => {
      if (rows.length < 2) await show(outcome)
      rows.push(JSON.parse(workspace.read('dist/plain-tiny/sweep-try/trials.json')).trials.length)
    },
  })
  expect(rows).toEqual([1, 1, 1])
})

test('the best trial is evaluated, and written as an overlay, with tables of all', async () => {
  const yaml = `${objective}\nsampler: grid\nspace: { model.start: [0, 1] }\nrepeats: { values: [2] }\n`
  const outcome = await sweep(yaml)
  const overlays = await writeResults(outcome)
  await noteSweep(outcome)
  expect(overlays).toEqual(['dist/plain-tiny/sweep-try/best.yaml'])
  expect(workspace.read(overlays[0] ?? '')).toMatch(
    /^# Trial 2 of the 2 of the sweep try of plain-tiny: train weight 7\.\d+\n\nmodel:\n {2}start: 1\ntraining:\n {2}seed: 2\n$/,
  )
  const [heading, first] = workspace.read('dist/plain-tiny/sweep-try/trials.csv').split('\n')
  expect(heading).toBe('trial,state,trained to,weight,weight deviation,seconds,model.start,runs,failure')
  expect(first).toMatch(/^1,complete,,6\.\d+,0,[\d.]+,0,[0-9a-f]{10},$/)
  const page = workspace.read('dist/plain-tiny/sweep-try/report.html')
  expect(page).toContain('plain-tiny: sweep try')
  expect(page).toContain(`<code>${outcome.best[0]?.rungs[0]?.runs[0]?.id}</code>`)
  const record = JSON.parse(readFileSync(join(workspace.home, 'sweeps/plain-tiny/try.json'), 'utf8'))
  expect(record).toMatchObject({ sweep: 'try', best: [2], trials: [{ number: 1 }, { number: 2 }] })
  const evaluated = await evaluateBest(outcome, workspace.session())
  expect(evaluated?.results?.metrics.walked).toBeCloseTo(outcome.best[0]?.rungs[0]?.values[0] ?? 0)
  workspace.write(`${directory}/configs/tuned.yaml`, workspace.read(overlays[0] ?? ''))
  const tuned = await sweep(yaml.replace('sampler', 'configuration: tuned\nsampler'))
  expect(tuned.trained).toBe(0)
})
