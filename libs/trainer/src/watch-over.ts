import { setting } from '@blacksmith/config/header'
import type { Evidence } from './outcome'
import type { RunningTrainer } from './start-trainer'
import type { TrainerOptions } from './trainer-options'

/**
 * The supervisor ends the whole tree when the grace is over, and needs a moment for it. We only come after it: to
 * kill it earlier would be to kill the trainer before its time.
 */
const afterSupervisorSeconds = 5

/** How long we wait, in seconds. */
export interface TrainerTimeouts {
  /** From the request to stop to SIGKILL; the supervisor has it from the same variable. */
  grace: number
  /** Until a trainer says that it has started. */
  start: number
}

/**
 * @throws UserError where a variable holds something else than seconds
 */
export function trainerTimeouts(env: NodeJS.ProcessEnv): TrainerTimeouts {
  return {
    grace: setting('BLACKSMITH_STOP_GRACE', env),
    start: setting('BLACKSMITH_START_SECONDS', env),
  }
}

/**
 * Passes a stop on: SIGTERM, so that the trainer writes a checkpoint; SIGKILL when the grace is over. (A further Ctrl-C
 * is not our affair: the lease passes it to the supervisor.) And ends a trainer that does not say in time that it
 * has started. Why is noted in `evidence`.
 *
 * @returns ends the watch
 */
export function watchOver(
  running: Pick<RunningTrainer, 'kill' | 'killGroup'>,
  evidence: Evidence,
  { grace, start }: TrainerTimeouts,
  { signal, command = [] }: Pick<TrainerOptions, 'signal' | 'command'>,
): () => void {
  const supervised = command.length > 0
  const timers: NodeJS.Timeout[] = []
  const after = (seconds: number, act: () => void) => timers.push(setTimeout(act, seconds * 1000))
  const end = () => {
    running.kill('SIGTERM')
    after(supervised ? grace + afterSupervisorSeconds : grace, () => running.killGroup())
  }
  const stop = () => {
    evidence.stopped = true
    end()
  }
  if (signal.aborted) stop()
  else signal.addEventListener('abort', stop, { once: true })
  after(start, () => {
    if (evidence.started || evidence.stopped) return
    evidence.late = `the trainer did not start within ${start} s and was ended`
    end()
  })
  return () => {
    signal.removeEventListener('abort', stop)
    for (const timer of timers) clearTimeout(timer)
  }
}
