import { type ChildProcess, spawn } from 'node:child_process'
import type { Readable } from 'node:stream'
import type { TrainerOptions } from './trainer-options'

const eventsDescriptor = 3
const controlDescriptor = 4

/** A trainer's process with its three streams. */
export interface RunningTrainer {
  child: ChildProcess
  stdout: Readable
  stderr: Readable
  events: Readable
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
  return { child, stdout, stderr, events }
}
