import { type ChildProcess, spawn } from 'node:child_process'
import type { Readable } from 'node:stream'
import type { ProcessEnd } from './outcome'
import type { TrainerOptions } from './trainer-options'

const eventsDescriptor = 3
const controlDescriptor = 4

/** A trainer's process, or the supervisor's before it, with its three streams. */
export interface RunningTrainer {
  stdout: Readable
  stderr: Readable
  events: Readable
  /** How it ended, or why it could not be started. */
  ended: Promise<ProcessEnd | { error: NodeJS.ErrnoException }>
  kill(signal: NodeJS.Signals): void
  /** Kills it and all that it has started, as far as they are still in its group. */
  killGroup(): void
  /** Lets go of its streams and of the control descriptor: an open one would keep this process from ending. */
  close(): void
}

/** All variables of the trainer's process; secrets among them are blanked in all that is written. */
export function processVariables(
  o: Pick<TrainerOptions, 'environment' | 'env' | 'pythonPath'>,
): NodeJS.ProcessEnv {
  return {
    ...o.env,
    PYTHONPATH: o.pythonPath.join(':'),
    // The order of sets is fixed at the interpreter's start; else the trainer would have to start itself again.
    PYTHONHASHSEED: '0',
    BLACKSMITH_EVENTS_FD: String(eventsDescriptor),
    BLACKSMITH_CONTROL_FD: String(controlDescriptor),
  }
}

/** Starts `python -m blacksmith.training request.json`, behind the supervisor if there is one. */
export function startTrainer(requestFile: string, o: TrainerOptions): RunningTrainer {
  // Without -P a random.py beside the recipe would stand for Python's own.
  const trainer = [o.environment.python, '-P', '-m', 'blacksmith.training', requestFile]
  const [program = '', ...args] = [...(o.command ?? []), ...trainer]
  const child = spawn(program, args, {
    cwd: o.cwd,
    env: processVariables(o),
    // A group of its own: Ctrl-C in the terminal reaches the trainer through us, once, as a request to stop.
    detached: true,
    // Nothing is ever written to the control pipe: it closes when this process is gone, and so says it.
    stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'pipe', ...(o.inheritFds ?? [])],
  })
  const [, stdout, stderr, events] = child.stdio as unknown as Readable[]
  // With pipes asked for, Node makes the streams even where the program cannot be started.
  if (!stdout || !stderr || !events) throw new Error('spawn gave no pipes')
  return {
    stdout,
    stderr,
    events,
    ended: endOf(child),
    kill: (signal) => void child.kill(signal),
    killGroup: () => killGroup(child.pid),
    close: () => {
      for (const stream of child.stdio) stream?.destroy()
    },
  }
}

function endOf(child: ChildProcess): RunningTrainer['ended'] {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve({ error }))
    child.once('exit', (code, signal) => resolve({ code, signal }))
  })
}

/** Kills a process group, if there is anybody left in it. */
export function killGroup(pid: number | undefined): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, 'SIGKILL')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}
