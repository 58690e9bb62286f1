import { spawn } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TrainerRequest } from '@blacksmith/protocol'
import { Workspace } from '../e2e/workspace'
import { median } from './interleaved'

/**
 * What leases do for trainings that run side by side: four of lightning-mnist, each with a seed of its own, by
 * `nx run-many --parallel=N`; and the same trainings without leases, as one would start them by hand: Python
 * with a request file, N at once. Data and environment are there beforehand: only trainings count. The limits
 * are those for a box of two cores.
 *
 *     npx jiti benchmarks/devices-parallel.ts [rounds] [threads]
 */
const rounds = Number(process.argv[2] ?? 3)
const threadCounts = process.argv[3] ? [Number(process.argv[3])] : [1, 2]
const epochs = 5
const projects = [1, 2, 3, 4].map((seed) => `lightning-mnist-${seed}`)

/** `a / b` may be so much at the most. */
interface Limit {
  of: number
  to: number
  atMost: number
}

/** How many at once there are to compare, and what is asked of them, for trainings of so many threads. */
const comparisons: Record<number, { atOnce: number[]; limits: Limit[] }> = {
  1: {
    atOnce: [1, 2, 4],
    limits: [
      { of: 2, to: 1, atMost: 0.6 },
      { of: 4, to: 2, atMost: 1.1 },
    ],
  },
  2: { atOnce: [1, 4], limits: [{ of: 4, to: 1, atMost: 1.1 }] },
}

type Way = 'with leases' | 'without'
const ways: Way[] = ['with leases', 'without']

async function main(): Promise<void> {
  const workspace = fourTrainings()
  try {
    for (const threads of threadCounts) await compare(workspace, threads)
  } finally {
    workspace.dispose()
  }
}

async function compare(workspace: Workspace, threads: number): Promise<void> {
  const comparison = comparisons[threads]
  if (!comparison) throw new Error(`there is no comparison for trainings of ${threads} threads`)
  const { atOnce, limits } = comparison
  // By their headers: with flags results would stand in other folders.
  workspace.onCpu(threads)
  const configs = prepare(workspace)
  const times: Record<Way, Record<number, number[]>> = { 'with leases': {}, without: {} }
  for (let round = 1; round <= rounds; round++) {
    for (const parallel of atOnce) {
      for (const way of ways) {
        const begin = performance.now()
        if (way === 'without') await byHand(workspace, configs, threads, parallel)
        else nxTrain(workspace, ['--skip-nx-cache', `--parallel=${parallel}`])
        const seconds = (performance.now() - begin) / 1000
        times[way][parallel] = [...(times[way][parallel] ?? []), seconds]
        console.log(
          `round ${round}, ${threads} threads each, ${parallel} at once, ${way}: ${seconds.toFixed(1)} s`,
        )
      }
    }
  }
  const ratio = (way: Way, { of, to }: Limit) =>
    (median(times[way][of] ?? []) / median(times[way][to] ?? [])).toFixed(2)
  for (const limit of limits) {
    const [leased, free] = ways.map((way) => ratio(way, limit))
    console.log(
      `${threads} threads each, ${limit.of} at once / ${limit.to} at once: ${leased} (at most ${limit.atMost}); without leases ${free}`,
    )
  }
  for (const way of ways) {
    const medians = atOnce.map(
      (parallel) => `${parallel}: ${median(times[way][parallel] ?? []).toFixed(1)} s`,
    )
    console.log(`${threads} threads each, ${way}, medians by how many at once: ${medians.join(', ')}`)
  }
}

/** A workspace with four experiments that differ in their seeds, so that none reuses another's result. */
function fourTrainings(): Workspace {
  const workspace = new Workspace()
  const source = 'experiments/lightning/mnist'
  for (const [index, project] of projects.entries()) {
    const folder = folderOf(project)
    for (const file of ['config.ts', 'recipe.py']) {
      workspace.write(`${folder}/${file}`, workspace.read(`${source}/${file}`))
    }
    const yaml = workspace
      .read(`${source}/experiment.yaml`)
      .replace('seed: 0', `seed: ${index + 1}`)
      .replace(/epochs: \d+/, `epochs: ${epochs}`)
    workspace.write(`${folder}/experiment.yaml`, yaml)
  }
  workspace.commit('Four trainings')
  return workspace
}

type Config = TrainerRequest['config']

/** Trains each once: then the data stand in dist/, and the environment beside each model. Gives what each is asked. */
function prepare(workspace: Workspace): Map<string, Config> {
  for (const target of ['prepare-data', 'train']) nxTrain(workspace, [], target)
  return new Map(projects.map((project) => [project, configOf(workspace, project)]))
}

function configOf(workspace: Workspace, project: string): Config {
  const { status, output } = workspace.blacksmith(['explain', `${project}:train`, '--json'])
  if (status !== 0) throw new Error(output)
  return (JSON.parse(output) as { config: Config }).config
}

function nxTrain(workspace: Workspace, flags: string[], target = 'train'): void {
  const { status, output } = workspace.nx([
    'run-many',
    `--targets=${target}`,
    `--projects=${projects.join(',')}`,
    '--excludeTaskDependencies',
    ...flags,
  ])
  if (status !== 0) throw new Error(output)
}

/** All trainings without leases and supervisor, so many at a time. */
async function byHand(
  workspace: Workspace,
  configs: ReadonlyMap<string, Config>,
  threads: number,
  atOnce: number,
): Promise<void> {
  const waiting = [...projects]
  const worker = async () => {
    for (let project = waiting.shift(); project; project = waiting.shift()) {
      await trainByHand(workspace, project, configs.get(project) ?? {}, threads)
    }
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
}

async function trainByHand(
  workspace: Workspace,
  project: string,
  config: Config,
  threads: number,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'by-hand-'))
  const dist = `dist/${project}/default`
  const { environment } = workspace.json<{ environment: { python: string } }>(`${dist}/train/provenance.json`)
  const request: TrainerRequest = {
    version: 1,
    target: 'train',
    entry: { file: workspace.path(folderOf(project), 'recipe.py') },
    function: 'train',
    config,
    inputs: { data: workspace.path(dist, 'prepare-data') },
    sources: {},
    output: join(folder, 'output'),
    records: join(folder, 'records'),
    work: join(folder, 'work'),
    device: { kind: 'cpu', count: 1, threads, ids: [] },
    seed: 0,
    resume: null,
  }
  const file = join(folder, 'request.json')
  writeFileSync(file, JSON.stringify(request))
  const log = openSync(join(folder, 'log.txt'), 'w')
  const child = spawn(environment.python, ['-m', 'blacksmith.training', file], {
    cwd: workspace.path(folderOf(project)),
    env: { ...process.env, PYTHONPATH: workspace.path('libs/python') },
    stdio: ['ignore', log, log],
  })
  closeSync(log)
  const code = await new Promise<number | null>((resolve) => child.once('exit', resolve))
  if (code !== 0) throw new Error(readFileSync(join(folder, 'log.txt'), 'utf8'))
  rmSync(folder, { recursive: true })
}

function folderOf(project: string): string {
  return `experiments/lightning/${project.replace('lightning-', '')}`
}

main().catch((error: unknown) => {
  console.error(error)
  process.exitCode = 1
})
