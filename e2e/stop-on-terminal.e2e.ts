import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { eventually, processesWith } from '../libs/devices/src/testing/supervised'
import { addNumberExperiment, atGate, number, train, trained, writeRecipe } from './number-experiment'
import { endAll, leftOf, oneCore, runTree } from './run-tree'
import { hasTmux, plainShell, prompt, type Shell, tmuxShell } from './shells'
import type { TerminalOptions } from './terminal'
import { plainPython } from './tiny-experiment'
import { Workspace } from './workspace'

/** Adds up a thousand steps, and waits at the 570th until the test lets it go on. */
const body = `
state = ctx.resume(1000)
x, done = (0.0, 0) if state is None else (state["x"], state["step"])
for step in range(done + 1, 1001):
    x += step
    ctx.progress(step, 1000)
    if step == 570:
        gate(ctx, "middle")
    ctx.checkpoint_when_due(step, lambda: {"x": x, "step": step})
`
/** Does not listen when it is asked to stop. */
const unresponsive = `
import signal
for number in (signal.SIGTERM, signal.SIGINT):
    signal.signal(number, signal.SIG_IGN)
ctx.progress(570, 1000)
gate(ctx, "middle")
`
const ctrlC = '\u0003'
const stopped = /plain-tiny:train: stopped at step 570 of 1,000; the same command continues from there/
/** All of a screen whose last line is the prompt again. */
const back = `[^]*\\n${prompt}\\s*$`

describe('a training in a terminal', () => {
  const workspace = new Workspace()
  let shell: Shell
  beforeAll(() => addNumberExperiment(workspace, body))
  // A training that begins anew, whose data are there.
  beforeEach(() => rmSync(join(workspace.home, 'work'), { recursive: true, force: true }))
  afterEach(async () => {
    shell.close()
    endAll(workspace)
    expect(await eventually(() => processesWith('BLACKSMITH_HOME', workspace.home).length === 0, 300)).toBe(
      true,
    )
  })
  afterAll(() => workspace.dispose())

  async function open(
    make: (options: TerminalOptions) => Shell,
    more: NodeJS.ProcessEnv = {},
  ): Promise<void> {
    const path = `${join(__dirname, '..', 'node_modules', '.bin')}:${process.env.PATH}`
    const env = workspace.environment({ ...plainPython, ...oneCore, PATH: path, ...more })
    shell = make({ cwd: workspace.root, env, columns: 100 })
    // What is typed before it asks is lost.
    await shell.shows(new RegExp(prompt))
  }

  async function modes(file: string): Promise<string> {
    shell.press(`stty -g > ${file}; echo written ${file}\r`)
    await shell.shows(new RegExp(`\\nwritten ${file}${back}`))
    return workspace.read(file)
  }

  async function begun(): Promise<void> {
    shell.press(`nx ${train.join(' ')}\r`)
    await atGate(workspace, 'middle')
  }

  const describeTmux = hasTmux ? describe : describe.skip
  describe('in the plain shell', () => stopsAtCtrlC(plainShell))
  describeTmux(
    hasTmux ? 'in tmux' : 'in tmux (skipped: there is none; e2e/install-tmux.sh installs it)',
    () => stopsAtCtrlC(tmuxShell),
  )

  describe('with the daemon of Nx', () => stopsAtCtrlC(plainShell, { NX_DAEMON: 'true' }))

  function stopsAtCtrlC(make: (options: TerminalOptions) => Shell, more: NodeJS.ProcessEnv = {}): void {
    const nothingThere = () => {
      workspace.newStore()
      workspace.forgetNxCache()
      workspace.remove('dist')
    }
    test.each([
      ['prepared before in the same command', nothingThere],
      ['already there', () => undefined],
    ])(
      'stops at Ctrl-C with its data %s: it says where, and leaves the terminal as it was',
      async (_, begin) => {
        begin()
        await open(make, more)
        const before = await modes('before.txt')
        await begun()
        shell.press(ctrlC)
        await shell.shows(new RegExp(stopped.source + back))
        expect(await modes('after.txt')).toBe(before)
      },
    )
  }

  test('goes on without its window when it was started with setsid', async () => {
    await open(plainShell)
    shell.press(`setsid nx ${train.join(' ')} > train.log 2>&1 < /dev/null &\r`)
    const gate = await atGate(workspace, 'middle')
    const run = await runTree(workspace)
    shell.close()
    gate.open()
    expect(await eventually(() => leftOf(run).length === 0, 300)).toBe(true)
    expect(await eventually(() => processesWith('BLACKSMITH_HOME', workspace.home).length === 0, 300)).toBe(
      true,
    )
    expect(number(workspace)).toBe(500_500)
  })

  // Nx by itself would have killed all of it after five seconds, also whoever says so.
  test('that does not listen is killed when its grace is over, and that is said', async () => {
    writeRecipe(workspace, unresponsive)
    await open(plainShell)
    shell.press('export BLACKSMITH_STOP_GRACE=6\r')
    await begun()
    const run = await runTree(workspace)
    shell.press(ctrlC)
    await shell.shows(new RegExp(`did not end in time when it was asked to stop, and was killed${back}`))
    expect(await eventually(() => leftOf(run).length === 0, 300)).toBe(true)
  })

  test.each([
    ['TERM', 1],
    ['HUP', 2],
  ])('stops at SIG%s as well, and the same command continues from there', async (signal, factor) => {
    // Another training than that which has ended above.
    writeRecipe(workspace, body.replace('x += step', `x += ${factor} * step / ${factor}`))
    await open(plainShell)
    await begun()
    process.kill(nxOf(workspace), `SIG${signal}`)
    await shell.shows(new RegExp(stopped.source + back))
    expect(workspace.blacksmith(['explain', 'plain-tiny:train'], plainPython).output).toMatch(
      /continues +.*step 570/,
    )
    expect(trained(workspace).output).toContain('continuing at step 570')
    expect(number(workspace)).toBe(500_500)
  })
})

/** The nx that was typed into a shell. */
function nxOf(workspace: Workspace): number {
  const all = processesWith('BLACKSMITH_HOME', workspace.home)
  const shells = all.filter(({ command }) => command.startsWith('bash')).map(({ pid }) => pid)
  const nx = all.find(({ parent }) => shells.includes(parent))
  if (!nx) throw new Error(`no nx among ${JSON.stringify(all)}`)
  return nx.pid
}
