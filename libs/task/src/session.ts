import { EventEmitter } from 'node:events'
import { formatUserError, inWords, isUserError, UserError } from '@blacksmith/config'
import { createProgress, type Progress } from '@blacksmith/report'
import { isFresh } from './asking'
import { FirstStep } from './first-step'

/** Whoever asked for the work: how they see it, how they stop it, and whether they want it done anew. */
export interface Session {
  /** Aborted by the first signal, or when the process that started us is gone. */
  signal: AbortSignal
  /** Tells `again` at each further Ctrl-C: whoever gives it does not want to wait for a checkpoint. */
  impatience: EventEmitter<{ again: [] }>
  display: Progress
  /** Do the work even if the store has its result. */
  fresh: boolean
  firstStep: FirstStep
  close(): void
}

/** One press of Ctrl-C comes more than once: from the terminal, and from nx that had it from there. */
const samePressMs = 500

/** The first one stops the work after a checkpoint, later ones hurry it. */
const stopSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** The session of an executor that Nx has forked. */
export function openSession(label: string, env: NodeJS.ProcessEnv = process.env): Session {
  const stop = new AbortController()
  const impatience = new EventEmitter<{ again: [] }>()
  let stopped = 0
  const abort = () => {
    if (stop.signal.aborted && Date.now() - stopped > samePressMs) impatience.emit('again')
    if (!stop.signal.aborted) stopped = Date.now()
    stop.abort(new UserError({ message: 'stopped', remedy: 'the same command goes on from here' }))
  }
  for (const signal of stopSignals) process.on(signal, abort)
  // After a kill -9 of nx this is all that its forked executor hears.
  process.on('disconnect', abort)
  const display = createProgress({ stream: process.stdout, label })
  return {
    signal: stop.signal,
    impatience,
    display,
    firstStep: new FirstStep((line) => display.note(line)),
    fresh: isFresh(env),
    close() {
      display.end()
      for (const signal of stopSignals) process.off(signal, abort)
      process.off('disconnect', abort)
    },
  }
}

/** Prints an error for whom it is meant: a person's mistake, or what their machine refuses, in words, ours with its stack. */
export function reportError(error: unknown): void {
  const told = inWords(error)
  console.error(isUserError(told) ? formatUserError(told) : told)
}
