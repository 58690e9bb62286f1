import { spawnSync } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { addTinyExperiment } from '../e2e/tiny-experiment'
import { Workspace } from '../e2e/workspace'
import { interleaved, median, ratioLine } from './interleaved'
import { requestOf } from './training-request'

/**
 * Sweeps beside Optuna alone, each as a whole command with its start:
 *
 * - one whose trials are all in the store, beside Optuna that chooses the same number of trials with the same settings
 *   and is told their values; the experiment is a tiny one, as the trials are trained first;
 * - short trials of lightning-mnist, one core each and two at once, beside Optuna that starts the same trainings, each
 *   as a script of its own;
 * - the steps of successive halving, beside the same trials started anew at each rung: counted, so once.
 *
 * Their epochs say how long a short trial takes, which is printed: it is to be about two seconds.
 *
 *     npx jiti benchmarks/sweep.ts [replay | trials | steps] [trials] [rounds] [epochs of short trials]
 */
const part = process.argv[2] ?? 'replay'
const [trials = part === 'replay' ? 1000 : 50, rounds = 3, epochs = 15] = process.argv.slice(3, 6).map(Number)
const tiny = 'experiments/plain/tiny'
const mnist = 'experiments/lightning/mnist'

async function main(): Promise<void> {
  const workspace = new Workspace()
  try {
    addTinyExperiment(workspace)
    for (const [path, text] of Object.entries(files)) workspace.write(path, text)
    // By files: with flags Nx would not be asked.
    workspace.onCpu(1)
    const python =
      said(workspace.blacksmith(['environment', 'optuna']))
        .trim()
        .split('\n')
        .at(-1) ?? ''
    if (part === 'steps') steps(workspace)
    else if (part === 'replay') replayed(workspace, python)
    else await trained(workspace, python)
  } finally {
    workspace.dispose()
  }
}

/** What of a sweep's trials.json is read here. */
interface Record {
  trials: { rungs: { horizon: number; runs: { seconds: number }[] }[] }[]
}

function steps(workspace: Workspace): void {
  for (const [factor, batch] of [
    [3, 27],
    [2, 32],
  ]) {
    const name = `halving-${factor}`
    workspace.write(
      `${tiny}/sweeps/${name}.yaml`,
      `${sweepOf(batch ?? 0, 'random', factor ?? 0)}halving: { from: 1, to: 27, factor: ${factor} }\n`,
    )
    const output = said(workspace.nx(['run', `plain-tiny:sweep-${name}`]))
    const { trials: ended } = workspace.json<Record>(`dist/plain-tiny/sweep-${name}/trials.json`)
    const anew = sum(ended.flatMap(({ rungs }) => rungs.map(({ horizon }) => horizon)))
    const saved = sum(
      [...output.matchAll(/trial \d+: continuing at step (\d+)/g)].map(([, step]) => Number(step)),
    )
    console.log(
      `epochs of ${batch} trials halved by ${factor} to 27: ${((anew - saved) / anew).toFixed(2)} (at most 0.65); ${anew - saved} instead of ${anew}`,
    )
  }
}

function replayed(workspace: Workspace, python: string): void {
  workspace.write(`${tiny}/sweeps/replay.yaml`, sweepOf(trials, 'tpe', 1))
  const ours = () => void said(workspace.nx(['run', 'plain-tiny:sweep-replay']))
  ours()
  const record = workspace.path('dist/plain-tiny/sweep-replay/trials.json')
  const times = interleaved(rounds, {
    sweep: ours,
    optuna: () => void run(python, [join(__dirname, 'optuna_replay.py'), record]),
  })
  console.log(ratioLine(`a sweep of ${trials} trials that the store has`, times, 'sweep', 'optuna', 1.5))
}

async function trained(workspace: Workspace, optuna: string): Promise<void> {
  workspace.write(`${mnist}/configs/short.yaml`, `model: { hidden: [64] }\ntraining: { epochs: ${epochs} }\n`)
  const request = await requestOf(workspace, ['run', 'lightning-mnist:train', '-c', 'short'])
  const { environment } = workspace.json<{ environment: { python: string } }>(
    'dist/lightning-mnist/short/train/provenance.json',
  )
  const { capsule: _capsule, box: _box, ...own } = request
  const folder = workspace.path('..', 'scripts')
  const order = {
    // Its own data folder went with the run; the same files stand in dist/.
    request: { ...own, inputs: { data: workspace.path('dist/lightning-mnist/short/prepare-data') } },
    python: environment.python,
    variables: { PYTHONPATH: workspace.path('libs/python'), OMP_NUM_THREADS: '1', PATH: process.env.PATH },
    ...{ cwd: workspace.root, folder, trials, parallel: 2 },
  }
  let seed = 0
  const times = interleaved(rounds, {
    sweep: () => {
      seed += 1
      workspace.write(`${mnist}/sweeps/short.yaml`, shortSweep(seed))
      said(workspace.nx(['run', 'lightning-mnist:sweep-short']))
    },
    optuna: () => {
      rmSync(folder, { recursive: true, force: true })
      mkdirSync(folder)
      writeFileSync(join(folder, 'order.json'), JSON.stringify({ ...order, seed }))
      run(optuna, [join(__dirname, 'optuna_trials.py'), join(folder, 'order.json')])
    },
  })
  console.log(ratioLine(`${trials} trials of ${epochs} epochs, two at once`, times, 'sweep', 'optuna', 0.6))
  const { trials: ended } = workspace.json<Record>('dist/lightning-mnist/sweep-short/trials.json')
  const seconds = ended.flatMap(({ rungs }) => rungs.flatMap(({ runs }) => runs.map((each) => each.seconds)))
  console.log(`a trial's own seconds in the sweep: ${median(seconds).toFixed(1)}`)
}

function said({ status, output }: { status: number | null; output: string }): string {
  if (status !== 0) throw new Error(output)
  return output
}

function run(python: string, args: string[]): void {
  const { status, stdout, stderr } = spawnSync(python, args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(stdout + stderr)
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}

function sweepOf(count: number, sampler: string, seed: number): string {
  return `objective: { metric: total, goal: maximize, split: train }
space:
  model.start: { from: -1, to: 1 }
  training.rate: { from: 0.001, to: 0.1, log: true }
  training.width: { from: 1, to: 8 }
trials: ${count}
sampler: ${sampler}
seed: ${seed}
`
}

function shortSweep(seed: number): string {
  return `objective: { metric: accuracy, goal: maximize, value: best }
configuration: short
space: { training.learning_rate: { from: 0.0003, to: 0.01, log: true } }
trials: ${trials}
sampler: random
seed: ${seed}
parallel: 2
`
}

/** An experiment with parameters to choose, which goes on from a shorter run. */
const files = {
  [`${tiny}/config.ts`]: `import { defineExperiment, role, z } from '@blacksmith/config'
import { counts } from '../../../libs/python/blacksmith/datasets/counts/schema'
import { sum } from '../../../libs/python/blacksmith/models/plain/sum/schema'

export default defineExperiment({
  dataset: counts,
  model: sum,
  training: z.object({
    epochs: role('horizon', z.int().min(1).default(1)),
    rate: z.number().default(0.01),
    width: z.int().default(1),
  }),
})
`,
  [`${tiny}/recipe.py`]: `import struct

from blacksmith.training.tensorfile import Raw, read_tensors, write_tensors


def train(ctx):
    settings = ctx.config.training
    state = ctx.resume(at_most=settings.epochs)
    step, total = (state["step"], state["total"]) if state else (0, 10.0 + ctx.config.model.start)
    while step < settings.epochs:
        step += 1
        total += settings.rate * settings.width
        ctx.log({"total": total}, step)
        ctx.progress(step, settings.epochs)
    value = memoryview(struct.pack("<d", total))
    write_tensors(ctx.output / "model.safetensors", {"total": Raw("F64", (), value)})
    ctx.save_final(step, {"step": step, "total": total})


def evaluate(ctx):
    return {"total": struct.unpack("<d", bytes(read_tensors(ctx.model)["total"].data))[0]}
`,
}

void main()
