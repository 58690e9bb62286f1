import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { Workspace } from '../e2e/workspace'
import { interleaved, median } from './interleaved'

/**
 * What `nx run …:train` takes beyond its recipe's Python alone: the same request, started by hand in the same
 * environment. Nx is called directly; the data are prepared, and before each training the recipe is edited. With
 * `flag` a seed is given instead, which Nx asks the preparation about too. The training is a short one: what is
 * compared does not grow with it, and long ones differ among themselves by more.
 *
 *     npx jiti benchmarks/nx-run.ts [rounds] [lightning-mnist | jax-mnist | …] [recipe | flag]
 */
const repository = resolve(__dirname, '..')
const nx = join(repository, 'node_modules', 'nx', 'dist', 'bin', 'nx.js')
const rounds = Number(process.argv[2] ?? 5)
const project = process.argv[3] ?? 'lightning-mnist'
const change = process.argv[4] ?? 'recipe'
const short = project === 'lightning-nerf' ? 'training.steps=20' : 'training.epochs=1'
const mostSeconds = 1.5

/** The parts of a request that this benchmark reads, or writes anew. */
interface Request {
  target: string
  entry: { file: string }
  output: string
  records: string
  work: string
  device: { threads: number }
}

async function main(): Promise<void> {
  const workspace = new Workspace()
  try {
    const request = await requestOf(workspace, train(0))
    const alone = recipeAlone(workspace, request)
    const recipe = relative(workspace.root, request.entry.file)
    let seed = 0
    for (const daemon of ['false', 'true']) {
      const throughNx = () => {
        seed += 1
        if (change === 'recipe') workspace.write(recipe, `${workspace.read(recipe)}\n# ${seed}\n`)
        const { status, stdout, stderr } = spawnSync('node', [nx, ...train(change === 'flag' ? seed : 0)], {
          cwd: workspace.root,
          env: workspace.environment({ NX_DAEMON: daemon }),
          encoding: 'utf8',
        })
        if (status !== 0) throw new Error(stdout + stderr)
      }
      throughNx()
      const times = interleaved(rounds, { nx: throughNx, alone })
      const [ours = 0, theirs = 0] = [times.nx, times.alone].map((seconds) => median(seconds ?? []))
      const more = median((times.nx ?? []).map((seconds, round) => seconds - (times.alone?.[round] ?? 0)))
      console.log(
        `nx run ${project}:train, daemon ${daemon === 'true' ? 'on' : 'off'}: ${more.toFixed(2)} s more` +
          ` (at most ${mostSeconds}); nx ${ours.toFixed(2)} s, Python alone ${theirs.toFixed(2)} s`,
      )
    }
  } finally {
    spawnSync('node', [nx, 'daemon', '--stop'], { cwd: workspace.root, env: workspace.environment() })
    workspace.dispose()
  }
}

function train(seed: number): string[] {
  const sets = [short, ...(seed ? [`training.seed=${seed}`] : [])]
  return ['run', `${project}:train`, '--device=cpu', ...sets.flatMap((set) => ['--set', set])]
}

/** A function that starts a request by hand, in the environment that nx started it in. */
function recipeAlone(workspace: Workspace, request: Request): () => void {
  const { environment } = workspace.json<{ environment: { python: string } }>(
    `dist/${project}/default/train/provenance.json`,
  )
  const folder = workspace.path('..', 'alone')
  const at = (name: string) => join(folder, name)
  return () => {
    rmSync(folder, { recursive: true, force: true })
    for (const name of ['output', 'records', 'work']) mkdirSync(at(name), { recursive: true })
    const own = { ...request, output: at('output'), records: at('records'), work: at('work') }
    writeFileSync(at('request.json'), JSON.stringify(own))
    const { status, stdout, stderr } = spawnSync(
      environment.python,
      ['-m', 'blacksmith.training', at('request.json')],
      {
        cwd: dirname(request.entry.file),
        env: {
          ...process.env,
          PYTHONPATH: workspace.path('libs/python'),
          OMP_NUM_THREADS: String(request.device.threads),
        },
        encoding: 'utf8',
      },
    )
    if (status !== 0) throw new Error(stdout + stderr)
  }
}

/** Runs a training to its end and gives the request that stood in its working folder while it went on. */
async function requestOf(workspace: Workspace, command: string[]): Promise<Request> {
  const training = spawn('node', [nx, ...command], { cwd: workspace.root, env: workspace.environment() })
  const said: string[] = []
  for (const stream of [training.stdout, training.stderr])
    stream.on('data', (text) => said.push(String(text)))
  const ended = new Promise<number | null>((settle) => training.once('exit', settle))
  let found: Request | undefined
  while (training.exitCode === null && training.signalCode === null) {
    found = readRequest(join(workspace.home, 'work')) ?? found
    await delay(50)
  }
  if ((await ended) !== 0 || found === undefined) throw new Error(said.join(''))
  return found
}

function readRequest(folder: string): Request | undefined {
  if (!existsSync(folder)) return undefined
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  const file = files.find((path) => path.endsWith('request.json'))
  if (file === undefined) return undefined
  try {
    const request = JSON.parse(readFileSync(join(folder, file), 'utf8')) as Request
    return request.target === 'train' ? request : undefined
  } catch {
    return undefined // just being written, or gone already
  }
}

void main()
