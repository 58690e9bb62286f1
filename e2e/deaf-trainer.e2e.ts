import { eventually } from '../libs/devices/src/testing/supervised'
import { endAll, leftOf, oneCore, type RunTree, runTree } from './run-tree'
import { addTinyExperiment, plainPython } from './tiny-experiment'
import { told } from './told'
import { Workspace } from './workspace'

/** Trains for ever, and does not listen when it is asked to stop. */
const deaf = `import signal
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
    workspace.write('experiments/plain/tiny/recipe.py', deaf)
    workspace.commit('A deaf training')
    expect(workspace.nx(['run', 'plain-tiny:prepare-data'], plainPython).status).toBe(0)
  })
  afterAll(() => {
    endAll(workspace)
    workspace.dispose()
  })

  async function start(graceSeconds: number): Promise<{ group: number; run: RunTree }> {
    const env = { ...plainPython, ...oneCore, BLACKSMITH_STOP_GRACE: String(graceSeconds) }
    const nx = workspace.startNx(['run', 'plain-tiny:train'], env)
    await told(nx, /step/)
    return { group: -(nx.pid ?? 0), run: await runTree(workspace) }
  }

  /** Seconds until nothing of the run is left. */
  async function secondsUntilGone(run: RunTree, most: number): Promise<number> {
    const begun = Date.now()
    await eventually(() => leftOf(run).length === 0, most)
    expect(leftOf(run)).toEqual([])
    return (Date.now() - begun) / 1000
  }

  const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds))

  test('has its grace after one Ctrl-C, two seconds after the second, and none after the third', async () => {
    const { group, run } = await start(60)
    process.kill(group, 'SIGINT')
    await pause(1000)
    expect(leftOf(run)).not.toEqual([])
    process.kill(group, 'SIGINT')
    const seconds = await secondsUntilGone(run, 10)
    expect(seconds).toBeGreaterThan(1)
    expect(seconds).toBeLessThan(4)

    const another = await start(60)
    for (let press = 0; press < 3; press++) {
      if (press > 0) await pause(700)
      process.kill(another.group, 'SIGINT')
    }
    // The second press alone would leave it 1.3 s more.
    expect(await secondsUntilGone(another.run, 10)).toBeLessThan(1)
  })

  test.each<NodeJS.Signals>(['SIGTERM', 'SIGHUP'])(
    'is killed when its grace is over after %s',
    async (signal) => {
      const { group, run } = await start(1)
      process.kill(group, signal)
      expect(await secondsUntilGone(run, 10)).toBeLessThan(3)
    },
  )
})
