import { isEvent, type TrainerEvent } from '../events/events'

/** Why a trainer did not finish, in the words that people get to see. */
export interface TrainerFailure {
  kind: string
  message: string
  remedy?: string
  traceback?: string
}

/** How a trainer ended. */
export type TrainerOutcome =
  | { kind: 'finished'; metrics: Record<string, number>; seconds: number }
  | { kind: 'failed'; failure: TrainerFailure }

/** How a process ended, as Node tells it. */
export interface ProcessEnd {
  code: number | null
  signal: NodeJS.Signals | null
}

/** What is known when the process has ended. */
export interface Evidence {
  /** The last `finished` or `failed` event. */
  verdict: TrainerEvent | undefined
  /** Whether anything was heard of it at all. */
  started: boolean
  /** Whether the executor asked it to stop. */
  stopped: boolean
  lastLines: string[]
}

/**
 * Judges by what the trainer said and by how its process ended: only both together are a success.
 */
export function outcomeOf(end: ProcessEnd, evidence: Evidence): TrainerOutcome {
  const { verdict, stopped } = evidence
  if (verdict && isEvent(verdict, 'finished') && end.code === 0) {
    return { kind: 'finished', metrics: verdict.metrics ?? {}, seconds: verdict.seconds }
  }
  if (verdict && isEvent(verdict, 'failed')) {
    const { kind, message, remedy, traceback } = verdict
    return {
      kind: 'failed',
      failure: { kind, message, ...(remedy ? { remedy } : {}), ...(traceback ? { traceback } : {}) },
    }
  }
  if (stopped) return failed('stopped', 'it was stopped before it could write a checkpoint', evidence)
  if (end.signal === 'SIGKILL' || end.code === 137) {
    return failed(
      'error',
      'the trainer was killed (SIGKILL)',
      evidence,
      'if nobody did it, the box ran out of memory: look for "Out of memory" in dmesg',
    )
  }
  if (end.code === 0) {
    return failed(
      'error',
      'the trainer ended well but never said that it had finished',
      evidence,
      'a recipe must not call sys.exit() or os._exit()',
    )
  }
  const how = end.signal ? `by ${end.signal}` : `with status ${end.code}`
  return failed(
    'error',
    `the trainer ended ${how}${evidence.started ? '' : ' before it had started'}`,
    evidence,
  )
}

function failed(kind: string, message: string, { lastLines }: Evidence, remedy?: string): TrainerOutcome {
  const traceback = lastLines.join('\n')
  return {
    kind: 'failed',
    failure: { kind, message, ...(remedy ? { remedy } : {}), ...(traceback ? { traceback } : {}) },
  }
}
