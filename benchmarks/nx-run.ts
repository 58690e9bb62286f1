import { type SpawnSyncReturns, spawnSync } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { Workspace } from '../e2e/workspace'
import { interleaved, median } from './interleaved'
import { PlainWorkspace } from './plain-workspace'
import { type Request, requestOf } from './training-request'

/**
 * What `nx run …:train` takes beyond its recipe's Python alone: the same request, started by hand in the same
 * environment. A plain target of Nx that does no more than start it shows how much of that is Nx's own. Nx is called
 * directly; the data are prepared, and before each training the recipe is edited. With `flag` a seed is given instead,
 * so that Nx's own cache is not asked. The training is a short one: what is compared does not grow with it, and long
 * ones differ among themselves by more.
 *
 *     npx jiti benchmarks/nx-run.ts [rounds] [lightning-mnist | jax-mnist | …] [recipe | flag]
 */
const repository = resolve(__dirname, '..')
const nx = join(repository, 'node_modules', 'nx', 'dist', 'bin', 'nx.js')
const rounds = Number(process.argv[2] ?? 5)
const project = process.argv[3] ?? 'lightning-mnist'
const change = process.argv[4] ?? 'recipe'
const short = project === 'lightning-nerf' ? 'steps: 20' : 'epochs: 1'
const mostSeconds = 1.5

async function main(): Promise<void> {
  const workspace = new Workspace()
  // By files: with flags Nx would not be asked.
  workspace.onCpu(2)
  const directory = `experiments/${project.replace('-', '/')}`
  workspace.write(`${directory}/configs/short.yaml`, `training: { ${short} }\n`)
  try {
    const request = await requestOf(workspace, train(0))
    const byHand = requestByHand(workspace, request)
    const plain = new PlainWorkspace({ train: { command: byHand.command, cache: true } })
    try {
      const recipe = recipeOf(request)
      for (const daemon of ['false', 'true']) compare(workspace, recipe, plain, byHand, daemon)
    } finally {
      plain.dispose()
    }
  } finally {
    spawnSync('node', [nx, 'daemon', '--stop'], { cwd: workspace.root, env: workspace.environment() })
    workspace.dispose()
  }
}

let turn = 0

function compare(
  workspace: Workspace,
  recipe: string,
  plain: PlainWorkspace,
  byHand: ByHand,
  daemon: string,
): void {
  const env = { NX_DAEMON: daemon }
  const candidates = {
    nx: () => {
      turn += 1
      if (change === 'recipe') workspace.write(recipe, `${workspace.read(recipe)}\n# ${turn}\n`)
      runNx(workspace.root, train(change === 'flag' ? turn : 0), workspace.environment(env))
    },
    alone: () => {
      byHand.prepare()
      must(spawnSync('sh', ['-c', byHand.command], { encoding: 'utf8' }))
    },
    plain: () => {
      byHand.prepare()
      plain.write('plain/edited.py', `# ${turn}\n`)
      runNx(plain.root, ['run', 'plain:train'], plain.environment(env))
    },
  }
  candidates.nx()
  candidates.plain()
  const times = interleaved(rounds, candidates)
  const alone = times.alone ?? []
  const more = (name: keyof typeof candidates) =>
    median((times[name] ?? []).map((seconds, round) => seconds - (alone[round] ?? 0))).toFixed(2)
  console.log(
    `nx run ${project}:train, daemon ${daemon === 'true' ? 'on' : 'off'}: ${more('nx')} s more than its Python alone` +
      ` (at most ${mostSeconds}), which takes ${median(alone).toFixed(2)} s;` +
      ` a plain target that starts the same: ${more('plain')} s more`,
  )
}

function runNx(cwd: string, args: string[], env: NodeJS.ProcessEnv): void {
  must(spawnSync('node', [nx, ...args], { cwd, env, encoding: 'utf8' }))
}

function must({ status, stdout, stderr }: SpawnSyncReturns<string>): void {
  if (status !== 0) throw new Error(stdout + stderr)
}

function train(seed: number): string[] {
  return ['run', `${project}:train`, '-c', 'short', ...(seed ? ['--set', `training.seed=${seed}`] : [])]
}

interface ByHand {
  /** Makes the request's folders anew. */
  prepare: () => void
  command: string
}

/** A request to be started by hand, in the environment that nx started it in. */
function requestByHand(workspace: Workspace, request: Request): ByHand {
  const { environment } = workspace.json<{ environment: { python: string } }>(
    `dist/${project}/short/train/provenance.json`,
  )
  const folder = workspace.path('..', 'alone')
  const at = (name: string) => join(folder, name)
  const prepare = () => {
    rmSync(folder, { recursive: true, force: true })
    for (const name of ['output', 'records', 'work']) mkdirSync(at(name), { recursive: true })
    // Its own data folder went with the run; the same files stand in dist/.
    const inputs = { data: workspace.path(`dist/${project}/short/prepare-data`) }
    const own = { ...request, inputs, output: at('output'), records: at('records'), work: at('work') }
    writeFileSync(at('request.json'), JSON.stringify(own))
  }
  const variables = `PYTHONPATH=${workspace.path('libs/python')} OMP_NUM_THREADS=${request.device.threads}`
  const start = `exec env ${variables} ${environment.python} -m blacksmith.training ${at('request.json')}`
  return { prepare, command: `cd ${workspace.path(dirname(recipeOf(request)))} && ${start}` }
}

/** Where the recipe stands in the workspace: a run by hand takes it from there. */
function recipeOf({ entry, capsule }: Request): string {
  return relative(capsule.tree, entry.file)
}

void main()
