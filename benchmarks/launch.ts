import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { join, resolve } from 'node:path'
import { SlurmCluster, withoutSlurm } from '../e2e/slurm-cluster'
import { addTinyExperiment } from '../e2e/tiny-experiment'
import { untilPrinted } from '../e2e/until-printed'
import { Workspace } from '../e2e/workspace'
import { inTurn, ratioLine } from './interleaved'
import { PlainWorkspace } from './plain-workspace'

/**
 * How long `nx run …:train` takes until its job is queued, beside a plain target of Nx that calls sbatch, both without
 * Nx's daemon, on a Slurm that is started here (e2e/install-slurm.sh). Its partition is down, so that jobs only wait.
 * Before each the code is edited: what travels with ours is made anew.
 *
 *     npx jiti benchmarks/launch.ts [rounds]
 */
const rounds = Number(process.argv[2] ?? 9)
const nx = join(resolve(__dirname, '..'), 'node_modules', 'nx', 'dist', 'bin', 'nx.js')
const recipe = 'experiments/plain/tiny/recipe.py'

async function main(): Promise<void> {
  const missing = withoutSlurm()
  if (missing) throw new Error(missing)
  const cluster = await SlurmCluster.start()
  const workspace = new Workspace()
  const plain = new PlainWorkspace({
    train: { command: "sbatch --job-name=plain --wrap='exec sleep 1'", cache: true },
  })
  // Without packages: a store reads all that a given interpreter can import.
  const python = workspace.path('..', 'python')
  spawnSync('python3', ['-m', 'venv', '--without-pip', python])
  try {
    addTinyExperiment(workspace)
    workspace.commit('An experiment')
    const env = { ...cluster.environment, BLACKSMITH_PYTHON: join(python, 'bin', 'python'), CI: undefined }
    const prepared = workspace.nx(['run', 'plain-tiny:prepare-data'], env)
    if (prepared.status !== 0) throw new Error(prepared.output)
    cluster.ask('scontrol', ['update', 'PartitionName=main', 'State=DOWN'])

    const ours = async (round: number) => {
      workspace.write(recipe, `${workspace.read(recipe)}\n# ${round}\n`)
      return untilQueued(
        () =>
          startNx(
            workspace.root,
            'plain-tiny:train',
            workspace.environment({ ...env, BLACKSMITH_LAUNCHER: 'slurm' }),
          ),
        /submitted as Slurm job (\d+)/,
      )
    }
    const sbatch = async (round: number) => {
      plain.write('plain/edited.py', `# ${round}\n`)
      const variables = plain.environment({ ...env, NX_DAEMON: 'false' })
      return untilQueued(() => startNx(plain.root, 'plain:train', variables), /Submitted batch job (\d+)/)
    }
    await ours(-1)
    await sbatch(-1)
    const times = await inTurn(rounds, { blacksmith: ours, sbatch })
    console.log(ratioLine('until queued', times, 'blacksmith', 'sbatch', 1.3))
  } finally {
    await cluster.dispose()
    plain.dispose()
    workspace.dispose()
  }
}

function startNx(cwd: string, target: string, env: NodeJS.ProcessEnv): ChildProcess {
  return spawn('node', [nx, 'run', target], { cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
}

/** The seconds until it says that its job is queued; it is ended then, and waited for. */
async function untilQueued(start: () => ChildProcess, said: RegExp): Promise<number> {
  const before = performance.now()
  const child = start()
  const ended = once(child, 'close')
  await untilPrinted(child, said)
  const seconds = (performance.now() - before) / 1000
  if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGKILL')
  await ended
  return seconds
}

void main()
