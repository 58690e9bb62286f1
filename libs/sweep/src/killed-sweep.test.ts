import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { runChild } from '@blacksmith/store/testing'
import { TinyWorkspace } from '@blacksmith/task/testing'
import type { Trial } from './trials/trial'

const workspace = new TinyWorkspace()
const directory = 'experiments/plain/tiny'
afterAll(() => workspace.dispose())

/** Runs the sweep in a process of its own; with `killAfter` until its trainings have recorded so many steps more. */
async function sweep(
  fresh: boolean,
  killAfter?: number,
): Promise<{ trials: Trial[]; reused: number } | undefined> {
  const { BLACKSMITH_HOME, BLACKSMITH_LEASE_DIR, BLACKSMITH_PYTHON } = process.env
  const env = { BLACKSMITH_HOME, BLACKSMITH_LEASE_DIR, BLACKSMITH_PYTHON, BLACKSMITH_CHECKPOINT_SECONDS: '0' }
  const order = {
    workspaceRoot: workspace.root,
    directory,
    name: 'try',
    set: ['training.pause=0.15'],
    fresh,
    env,
  }
  const kill = new AbortController()
  const ended = runChild(join(__dirname, 'testing/run-sweep.ts'), order, { killOn: kill.signal })
  let over = false
  ended.finally(() => {
    over = true
  })
  const before = recorded()
  while (killAfter !== undefined && !over && recorded() < before + killAfter) await delay(10)
  if (killAfter !== undefined) kill.abort()
  const { output, errors } = await ended
  const line = output.split('\n').find((each) => each.startsWith('{'))
  if (line === undefined && killAfter === undefined) throw new Error(errors || output)
  return line === undefined ? undefined : JSON.parse(line)
}

/** Grows with each step of a training, and with each that is sealed. */
function recorded(): number {
  const work = join(workspace.home, 'work')
  const lines = folders(work)
    .map((run) => join(work, run, 'records/metrics.jsonl'))
    .map((file) => linesOf(file))
  const artifacts = join(workspace.home, 'artifacts')
  const sealed = folders(artifacts).flatMap((start) => folders(join(artifacts, start)))
  return lines.reduce((sum, count) => sum + count, 100 * sealed.length)
}

/** None where it has just been sealed. */
function linesOf(file: string): number {
  try {
    return readFileSync(file, 'utf8').split('\n').length - 1
  } catch {
    return 0
  }
}

function folders(path: string): string[] {
  return existsSync(path) ? readdirSync(path).filter((name) => /^[0-9a-f]+$/.test(name)) : []
}

test('a sweep that is killed (-9) again and again ends with the trials, values and best of an unbroken one', async () => {
  workspace.write(
    `${directory}/sweeps/try.yaml`,
    `objective: { metric: weight, goal: maximize, split: train }
sampler: grid
space: { training.seed: [1, 2, 3, 4, 5] }
batch: 5
halving: { from: 2, to: 5, factor: 3 }
`,
  )
  const rounds = []
  for (const steps of [3, 6, 40]) rounds.push(await sweep(false, steps))
  expect(rounds[0]).toBeUndefined()
  const last = await sweep(false)
  expect(last?.reused).toBeGreaterThan(0)
  const unbroken = await sweep(true)
  const judged = (trials: Trial[] = []) =>
    trials.map(({ state, rungs }) => [state, rungs.map(({ horizon, values }) => [horizon, values])])
  expect(judged(last?.trials)).toEqual(judged(unbroken?.trials))
  expect(last?.trials.map(({ state }) => state).sort()).toEqual(['complete', ...Array(4).fill('stopped')])
})
