import { type ChildProcess, execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { eventually, processesWith } from '../libs/devices/src/testing/supervised'
import { addGates, passNextGate, runThroughGates } from './gates'
import { endAll, oneCore, runTree } from './run-tree'
import { untilPrinted } from './until-printed'
import { Workspace } from './workspace'

const train = ['run', 'lightning-mnist:train', '-c', 'dropout']
const model = 'dist/lightning-mnist/dropout/train/model.safetensors'
const metrics = 'dist/lightning-mnist/dropout/train/metrics.jsonl'
/** A checkpoint at each chance, so that a kill meets one being written, and finds one to go on from. */
const often = { BLACKSMITH_CHECKPOINT_SECONDS: '0' }
const [shorter, stepsOfEpoch] = [2, 125]
/** From where the shorter training ends, three for each of five interruptions, and one that is for the last command. */
const epochs = shorter + 3 * 5 + 1
const gates = Array.from({ length: epochs - shorter }, (_, index) => shorter + 1 + index)

/** One training that all of these interrupt, one after the other, with all the real parts. */
describe('a training with dropout that is interrupted', () => {
  const workspace = new Workspace()
  let expected: Buffer
  /** The step from which the next command has to continue at the least. */
  let reached = 0

  beforeAll(async () => {
    workspace.onCpu(1)
    workspace.write(
      'experiments/lightning/mnist/configs/dropout.yaml',
      `model: { hidden: [16], dropout: 0.2 }\ntraining: { epochs: ${epochs} }\n`,
    )
    addGates(workspace, gates)
    await succeed()
    expected = readFileSync(workspace.path(model))
    workspace.newStore()
    workspace.forgetNxCache()
    workspace.remove('dist')
    await succeed(['--set', `training.epochs=${shorter}`])
    reached = shorter * stepsOfEpoch
  })
  afterEach(async () => {
    endAll(workspace)
    expect(await eventually(() => working(workspace).length === 0, 300)).toBe(true)
  })
  afterAll(() => workspace.dispose())

  /**
   * The training, continued and let through two gates: it has trained an epoch, and cannot have come to its end. Where
   * it stands at the third when it is asked to stop, that one lets it through.
   */
  async function underWay(env: NodeJS.ProcessEnv = {}) {
    const nx = workspace.startNx(train, { ...oneCore, ...env })
    const ended = once(nx, 'close') as Promise<[number | null]>
    const [, step = ''] = await untilPrinted(nx, /continuing at step ([\d,]+)\s/)
    expect(Number(step.replaceAll(',', ''))).toBeGreaterThanOrEqual(reached)
    const stepsBefore = async () => ((await passNextGate(workspace, nx)) - 1) * stepsOfEpoch
    const gates = [await stepsBefore(), await stepsBefore()] as const
    await pause(Math.random() * 1000)
    return { nx, ended, gates }
  }

  test('killed with nx and all: no trainer is left', async () => {
    const { nx, gates } = await underWay(often)
    nx.kill('SIGKILL')
    expect(await eventually(() => working(workspace).length === 0, 300)).toBe(true)
    reached = gates[0] + 1
  })

  test('a killed trainer fails its target', async () => {
    const { ended, gates } = await underWay(often)
    const { trainer } = await runTree(workspace)
    process.kill(trainer, 'SIGKILL')
    expect((await ended)[0]).not.toBe(0)
    reached = gates[0] + 1
  })

  // At a terminal a signal goes to nx and its executor alike; `kill` sends it to nx alone.
  test.each<[string, NodeJS.Signals, 'all' | 'nx']>([
    ['Ctrl-C', 'SIGINT', 'all'],
    ['the closing of the terminal', 'SIGHUP', 'all'],
    ['SIGTERM to nx', 'SIGTERM', 'nx'],
  ])('%s writes a checkpoint first, however long ago the last one was', async (_, signal, whom) => {
    const { nx, ended, gates } = await underWay()
    process.kill(pidOf(nx) * (whom === 'all' ? -1 : 1), signal)
    await ended
    reached = gates[1]
  })

  test('the same command continues the stored shorter one, and each that was interrupted, to the bytes of one in one piece', async () => {
    const output = await succeed()
    const [, step = ''] = /continuing at step ([\d,]+)/.exec(output) ?? []
    expect(Number(step.replaceAll(',', ''))).toBeGreaterThanOrEqual(reached)
    expect(readFileSync(workspace.path(model)).equals(expected)).toBe(true)
    const steps = workspace
      .read(metrics)
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { step: number; split: string })
      .map(({ step, split }) => `${split} ${step}`)
    expect(new Set(steps).size).toBe(steps.length)
  })

  /** Runs nx to its end, through all gates, and gives what it said. */
  async function succeed(flags: string[] = []): Promise<string> {
    const { status, output } = await runThroughGates(workspace, [...train, ...flags])
    expect(status === 0 ? 'succeeded' : output).toBe('succeeded')
    return output
  }
})

function pidOf(child: ChildProcess): number {
  if (child.pid === undefined) throw new Error('it was not started')
  return child.pid
}

/** Whatever works for a workspace: nx, the executor, and the Python trainers, which have few variables. */
function working(workspace: Workspace): number[] {
  const others = processesWith('BLACKSMITH_HOME', workspace.home).map(({ pid }) => pid)
  try {
    const trainers = execFileSync('pgrep', ['-f', `blacksmith.training ${workspace.home}`], {
      encoding: 'utf8',
    })
    return [...others, ...trainers.trim().split('\n').map(Number)]
  } catch {
    return others
  }
}
