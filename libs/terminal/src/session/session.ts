import { EventEmitter } from 'node:events'
import { formatUserError, inWords, isUserError, UserError } from '@blacksmith/config'
import { isFresh } from '@blacksmith/config/header'
import { outlastClosedOutput } from '../closed-output'
import { createProgress, type Progress } from '../progress/progress'
import { FirstStep } from './first-step'
import { listenForInterrupts, windowColumns, writePastNx } from './nx-terminal'
import { onStopSignal, type StopSignal } from './stop-signals'

/** Whoever asked for the work: how they see it, how they stop it, and whether they want it done anew. */
export interface Session {
  /** Aborted by the first signal, or when the process that started us is gone. */
  signal: AbortSignal
  /** Emits `interrupt` at each further Ctrl-C: whoever gives it does not want to wait for a checkpoint. */
  furtherInterrupts: EventEmitter<{ interrupt: [] }>
  display: Progress
  /** Do the work even if the store has its result. */
  fresh: boolean
  firstStep: FirstStep
  close(): void
}

/** The session of an executor that Nx has forked. */
export interface ExecutorSession extends Session {
  /** Prints why the work has failed, below all else. */
  fail(error: unknown): void
}

/** One press of Ctrl-C comes more than once: from the terminal, and from nx that had it from there. */
const samePressMs = 500

/** Begins the session of this process, an executor. */
export function openSession(label: string, env: NodeJS.ProcessEnv = process.env): ExecutorSession {
  outlastClosedOutput()
  const stop = new AbortController()
  const furtherInterrupts = new EventEmitter<{ interrupt: [] }>()
  let stopped: { by: StopSignal; at: number } | undefined
  const stopListening = onStopSignal((by) => {
    if (!stopped) {
      stopped = { by, at: Date.now() }
      display.event({ event: 'doing', what: 'stopping' })
    } else if (by === 'SIGINT' && Date.now() - stopped.at > samePressMs) furtherInterrupts.emit('interrupt')
    stop.abort(new UserError({ message: 'stopped', remedy: 'the same command goes on from here' }))
  })
  listenForInterrupts()
  const display = createProgress({
    stream: process.stdout,
    label,
    columns: () => windowColumns() ?? process.stdout.columns,
    past: writePastNx,
  })
  return {
    signal: stop.signal,
    furtherInterrupts,
    display,
    firstStep: new FirstStep((line) => display.note(line)),
    fresh: isFresh(env),
    fail(error) {
      display.end()
      // After a Ctrl-C nx passes on nothing of a task that has no terminal of its own.
      const muted = stopped?.by === 'SIGINT' && !process.stdout.isTTY
      if (!muted || !isUserError(error) || !writePastNx(`${formatUserError(error)}\n`)) reportError(error)
    },
    close() {
      display.end()
      stopListening()
    },
  }
}

/** Prints an error for whom it is meant: a person's mistake, or what their machine refuses, in words, ours with its stack. */
export function reportError(error: unknown): void {
  const explained = inWords(error)
  console.error(isUserError(explained) ? formatUserError(explained) : explained)
}
