import { setTimeout as pause } from 'node:timers/promises'
import { eventually } from '../libs/devices/src/testing/supervised'
import { endAll, leftOf, oneCore, type RunTree, runTree } from './run-tree'
import { addTinyExperiment, plainPython } from './tiny-experiment'
import { untilPrinted } from './until-printed'
import { Workspace } from './workspace'

/** Trains for ever, and does not listen when it is asked to stop. */
const unresponsive = `import signal
import time


def train(ctx):
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)
    for step in range(100_000):
        time.sleep(0.02)
        ctx.progress(step + 1, 100_000)
`

describe('a trainer that ignores SIGTERM', () => {
  let workspace: Workspace
  beforeAll(() => {
    workspace = new Workspace()
    addTinyExperiment(workspace)
    workspace.write('experiments/plain/tiny/recipe.py', unresponsive)
    workspace.commit('An unresponsive training')
    expect(workspace.nx(['run', 'plain-tiny:prepare-data'], plainPython).status).toBe(0)
  })
  afterAll(() => {
    endAll(workspace)
    workspace.dispose()
  })

  async function start(graceSeconds: number): Promise<{ group: number; run: RunTree }> {
    const env = { ...plainPython, ...oneCore, BLACKSMITH_STOP_GRACE: String(graceSeconds) }
    const nx = workspace.startNx(['run', 'plain-tiny:train'], env)
    await untilPrinted(nx, /step/)
    return { group: -(nx.pid ?? 0), run: await runTree(workspace) }
  }

  /** Far sooner than the grace of an hour; a machine that has much else to do may need minutes. */
  const isGone = (run: RunTree) => eventually(() => leftOf(run).length === 0, 300)

  test('has its grace after one Ctrl-C, and little or none after more of them', async () => {
    const { group, run } = await start(3600)
    process.kill(group, 'SIGINT')
    await pause(1000)
    expect(leftOf(run)).not.toEqual([])
    // As a person does who sees nothing happen; signals that come at once count as one.
    let gone = false
    for (let press = 0; !gone && press < 100; press++) {
      try {
        process.kill(group, 'SIGINT')
      } catch {
        // nx itself has ended, and the rest is about to.
      }
      gone = await eventually(() => leftOf(run).length === 0, 1)
    }
    expect(leftOf(run)).toEqual([])
  })

  test.each<NodeJS.Signals>(['SIGTERM', 'SIGHUP'])(
    'is killed when its grace is over after %s',
    async (signal) => {
      const { group, run } = await start(1)
      process.kill(group, signal)
      await isGone(run)
      expect(leftOf(run)).toEqual([])
    },
  )
})
