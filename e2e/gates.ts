import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { stripVTControlCharacters } from 'node:util'
import { longestWait } from './longest-wait'
import type { Result, Workspace } from './workspace'

const experiment = 'experiments/lightning/mnist'
const gate = `import time


def wait_before(ctx, epoch):
    """Waits until a test removes the file of this gate, or the run is asked to stop."""
    gate = ctx.work / f"gate-{epoch}"
    gate.touch()
    while gate.exists() and not ctx.should_stop:
        time.sleep(0.01)
`

/**
 * Makes lightning-mnist wait before some of its epochs, counted from 1, until it is let through. So a training that a
 * test looks at or interrupts is where the test believes it to be, however fast the machine is. Its bytes are the same.
 */
export function addGates(workspace: Workspace, epochs: number[]): void {
  workspace.write(`${experiment}/gate.py`, gate)
  const recipe = `${experiment}/recipe.py`
  workspace.edit(recipe, 'import torch\n', 'import torch\nfrom gate import wait_before\n')
  const module = '    module = Classifier(MLP(inputs, **_sizes(ctx)), settings, steps)\n'
  const wait = `
    def on_train_epoch_start() -> None:
        if module.current_epoch + 1 in ${JSON.stringify(epochs)}:
            wait_before(ctx, module.current_epoch + 1)

    module.on_train_epoch_start = on_train_epoch_start
`
  workspace.edit(recipe, module, module + wait)
  workspace.commit('Gates before some epochs')
}

/** Waits until the training of this nx stands at a gate, lets it through, and gives the epoch that begins. */
export async function passNextGate(workspace: Workspace, nx: ChildProcess): Promise<number> {
  const end = Date.now() + longestWait
  while (Date.now() < end) {
    const [epoch] = openGates(workspace)
    if (epoch !== undefined) return epoch
    if (nx.exitCode !== null) throw new Error('the training has ended, and come to no gate')
    await pause(20)
  }
  throw new Error('no training has come to a gate')
}

/** Runs nx to its end, through all gates. */
export async function runThroughGates(
  workspace: Workspace,
  args: string[],
  env: NodeJS.ProcessEnv = {},
): Promise<Result> {
  const nx = workspace.startNx(args, env)
  let output = ''
  for (const stream of [nx.stdout, nx.stderr]) {
    stream.on('data', (text: Buffer) => {
      output += text
    })
  }
  let ended = false
  const closed = once(nx, 'close').finally(() => {
    ended = true
  })
  while (!ended) {
    openGates(workspace)
    await Promise.race([closed, pause(50)])
  }
  return { status: nx.exitCode, output: stripVTControlCharacters(output) }
}

/** Removes the files of gates, and gives their epochs. */
function openGates(workspace: Workspace): number[] {
  const work = join(workspace.home, 'work')
  const gates = namesIn(work).flatMap((run) =>
    namesIn(join(work, run))
      .filter((file) => file.startsWith('gate-'))
      .map((file) => ({ epoch: Number(file.slice('gate-'.length)), path: join(work, run, file) })),
  )
  for (const { path } of gates) rmSync(path, { force: true })
  return gates.map(({ epoch }) => epoch)
}

/** What stands in a folder; a run's own may be gone at any moment, and is a file where it is only a lock. */
function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}
