import { constants } from 'node:os'
import { isEvent, type TrainerEvent } from '@blacksmith/protocol'
import { nextTime, type Reached, stoppedWords } from './stopped'

/** How a process ended, as Node reports it. */
export interface ProcessEnd {
  code: number | null
  signal: NodeJS.Signals | null
}

/** Why a trainer did not finish, in the words that people get to see. */
export interface TrainerFailure {
  /**
   * What the trainer said (bad-input, nan, stopped, out-of-memory, disk-full, error), or `crashed` where it
   * ended without a word.
   */
  kind: string
  message: string
  remedy?: string
  /** The Python traceback; of a crash, the last lines that were printed. */
  traceback?: string
  exit: ProcessEnd
}

/** How a trainer ended. */
export type TrainerOutcome =
  | { kind: 'finished'; metrics: Record<string, number>; seconds: number }
  | { kind: 'failed'; failure: TrainerFailure }

/** What is known when the process has ended. */
export interface Evidence {
  /** The `failed` event if there was one, else the `finished` one. */
  verdict: TrainerEvent | undefined
  /** Whether anything was heard of it at all. */
  started: boolean
  /** Whether it was asked to stop. */
  stopped: boolean
  /** That we ended it because it had not started for too long. */
  late: string | undefined
  /** Whether the kernel killed a process for want of memory meanwhile; undefined where it does not say. */
  memoryKill: boolean | undefined
  reached: Reached
  lastLines: string[]
}

/** Judges by what the trainer said and by how its process ended: only both together are a success. */
export function outcomeOf(end: ProcessEnd, evidence: Evidence): TrainerOutcome {
  const { verdict } = evidence
  if (verdict && isEvent(verdict, 'finished') && end.code === 0) {
    return { kind: 'finished', metrics: verdict.metrics ?? {}, seconds: verdict.seconds }
  }
  if (verdict && isEvent(verdict, 'failed')) {
    const { kind, remedy, traceback } = verdict
    const message = kind === 'stopped' ? stoppedWords(evidence.reached) : verdict.message
    return failed({ kind, message, remedy, traceback }, end)
  }
  return failed({ ...silentEnd(end, evidence), traceback: evidence.lastLines.join('\n') }, end)
}

type Cause = Pick<TrainerFailure, 'kind' | 'message'> & {
  remedy?: string | undefined
  traceback?: string | undefined
}

/** What to make of a process that ended without saying why. */
function silentEnd(end: ProcessEnd, evidence: Evidence): Cause {
  const signal = signalOf(end)
  if (evidence.stopped && signal === 'SIGKILL') {
    return {
      kind: 'stopped',
      message: `it did not end in time when it was asked to stop, and was killed; ${nextTime(evidence.reached)}`,
      remedy: 'set BLACKSMITH_STOP_GRACE to more seconds where a step takes long',
    }
  }
  if (evidence.stopped) {
    return {
      kind: 'stopped',
      message: `it ended before it could write a checkpoint; ${nextTime(evidence.reached)}`,
    }
  }
  if (evidence.late !== undefined) {
    const remedy = 'set BLACKSMITH_START_SECONDS to more where a slow disk makes the start long'
    return { kind: 'crashed', message: evidence.late, remedy }
  }
  if (signal === 'SIGKILL' && evidence.memoryKill) {
    return {
      kind: 'out-of-memory',
      message: 'the trainer was killed (SIGKILL) as the kernel ran out of memory',
      remedy: 'lower the batch size, run fewer trainings at a time, or use a box with more memory',
    }
  }
  if (signal === 'SIGKILL') {
    return {
      kind: 'crashed',
      message: 'the trainer was killed (SIGKILL)',
      remedy: 'if nobody did it, the box ran out of memory: look for "Out of memory" in dmesg',
    }
  }
  if (end.code === 0) {
    const finished = evidence.verdict !== undefined
    return {
      kind: 'crashed',
      message: `the trainer ended well but never said that it had ${finished ? 'succeeded' : 'finished'}`,
      remedy: 'a recipe must not call sys.exit() or os._exit()',
    }
  }
  const when = evidence.verdict ? ' after it had finished' : evidence.started ? '' : ' before it had started'
  return { kind: 'crashed', message: `the trainer ended ${how(end, signal)}${when}` }
}

function how({ code }: ProcessEnd, signal: string | undefined): string {
  if (signal === undefined) return `with status ${code}`
  const native = ['SIGSEGV', 'SIGBUS', 'SIGILL', 'SIGFPE', 'SIGABRT'].includes(signal)
  return native ? `by ${signal}, a crash in native code` : `by ${signal}`
}

/** A shell or a supervisor between us and the trainer passes its signal on as a status. */
function signalOf({ code, signal }: ProcessEnd): string | undefined {
  if (signal) return signal
  if (code === null || code <= 128) return undefined
  return Object.entries(constants.signals).find(([, number]) => number === code - 128)?.[0]
}

function failed({ kind, message, remedy, traceback }: Cause, exit: ProcessEnd): TrainerOutcome {
  return {
    kind: 'failed',
    failure: { kind, message, ...(remedy ? { remedy } : {}), ...(traceback ? { traceback } : {}), exit },
  }
}
