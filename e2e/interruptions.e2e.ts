import { type ChildProcess, execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { addGates, passGate, runThroughGates } from './gates'
import { Workspace } from './workspace'

const train = ['run', 'lightning-mnist:train', '-c', 'dropout']
const dist = 'dist/lightning-mnist/dropout/train'
/** A checkpoint at each chance, so that a kill meets one being written, and finds one to go on from. */
const often = { BLACKSMITH_CHECKPOINT_SECONDS: '0' }
/** Between these two epochs a training is interrupted: it has begun, and cannot have ended. */
const gates = [4, 12]

/** Trainings that are interrupted with all the real parts, and end with the bytes of one in one piece. */
describe('an interrupted training with dropout', () => {
  const whole = new Workspace()
  const broken = new Workspace()
  let expected: Buffer

  beforeAll(async () => {
    for (const workspace of [whole, broken]) {
      workspace.onCpu(1)
      workspace.write(
        'experiments/lightning/mnist/configs/dropout.yaml',
        'model: { dropout: 0.2 }\ntraining: { epochs: 12 }\n',
      )
      addGates(workspace, gates)
    }
    await succeed(whole, train)
    expected = readFileSync(whole.path(dist, 'model.safetensors'))
  })
  beforeEach(() => {
    broken.newStore()
    broken.forgetNxCache()
    broken.remove('dist')
  })
  afterAll(() => {
    whole.dispose()
    broken.dispose()
  })

  /** A training at some moment after it was let through its first gate. */
  async function underWay(env: NodeJS.ProcessEnv = {}): Promise<ChildProcess> {
    const nx = broken.startNx(train, env)
    for (const stream of [nx.stdout, nx.stderr]) stream.resume()
    await passGate(broken, 4)
    await pause(Math.random() * 1000)
    return nx
  }

  async function finish(): Promise<string> {
    const output = await succeed(broken, train, often)
    expect(readFileSync(broken.path(dist, 'model.safetensors')).equals(expected)).toBe(true)
    const steps = broken
      .read(`${dist}/metrics.jsonl`)
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { step: number; split: string })
      .map(({ step, split }) => `${split} ${step}`)
    expect(new Set(steps).size).toBe(steps.length)
    return output
  }

  test('killed with nx and all: no trainer is left, and the same command continues it', async () => {
    const nx = await underWay(often)
    nx.kill('SIGKILL')
    await gone(() => trainers(broken).length === 0)
    expect(await finish()).toMatch(/continuing at step \d+/)
  })

  test('a killed trainer fails its target, and the same command continues it', async () => {
    const nx = await underWay(often)
    const ended = exit(nx)
    for (const pid of trainers(broken)) process.kill(pid, 'SIGKILL')
    expect(await ended).not.toBe(0)
    expect(await finish()).toMatch(/continuing at step \d+/)
  })

  test('a longer training continues the stored shorter one, and its bytes are those of one in one piece', async () => {
    await succeed(broken, [...train, '--set', 'training.epochs=5'])
    expect(await finish()).toMatch(/continuing at step 625/)
  })

  // At a terminal a signal goes to nx and its executor alike; `kill` sends it to nx alone.
  test.each<[string, NodeJS.Signals, 'all' | 'nx']>([
    ['Ctrl-C', 'SIGINT', 'all'],
    ['the closing of the terminal', 'SIGHUP', 'all'],
    ['SIGTERM to nx', 'SIGTERM', 'nx'],
  ])('%s writes a checkpoint first, however long ago the last one was', async (_, signal, whom) => {
    const nx = await underWay()
    const pid = nx.pid ?? 0
    process.kill(whom === 'all' ? -pid : pid, signal)
    await gone(() => trainers(broken).length === 0)
    expect(await finish()).toMatch(/continuing at step \d+/)
  })
})

/** Runs nx to its end, and gives what it said. */
async function succeed(workspace: Workspace, args: string[], env: NodeJS.ProcessEnv = {}): Promise<string> {
  const { status, output } = await runThroughGates(workspace, args, env)
  expect(status === 0 ? 'succeeded' : output).toBe('succeeded')
  return output
}

/** Pids of the Python trainers that work for a workspace. */
function trainers(workspace: Workspace): number[] {
  try {
    return execFileSync('pgrep', ['-f', `blacksmith.training ${workspace.home}`], { encoding: 'utf8' })
      .trim()
      .split('\n')
      .map(Number)
  } catch {
    return []
  }
}

function exit(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve) => child.once('exit', resolve))
}

async function gone(condition: () => boolean): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    if (condition()) return
    await pause(50)
  }
  throw new Error('a trainer is still there after ten seconds')
}
