import type { Parameters } from '../sampler/sampler'

/** One training of a trial: at a horizon, with one of the repeats' values. */
export interface TrialRun {
  key: string
  id: string
  /** Seconds that it took, when it was trained. */
  seconds: number
  /** By objective. */
  values: number[]
  /** What it came to, by metric: of the validation split where it has one. */
  metrics: Record<string, number>
}

/** How far a trial has come, and how good it was there. */
export interface Rung {
  horizon: number | null
  /** By objective, the mean over the repeats. */
  values: number[]
  /** By objective, the standard deviation over the repeats; 0 for one. */
  deviations: number[]
  runs: TrialRun[]
}

export interface Trial {
  /** Counted from 1, in the order in which trials were chosen. */
  number: number
  parameters: Parameters
  /** stopped: it ended early, as others were better; failed: see `failure`. */
  state: 'complete' | 'stopped' | 'failed'
  rungs: Rung[]
  failure?: TrialFailure
}

/** Why a trial has no result. */
export interface TrialFailure {
  /** As the trainer names it: nan, out-of-memory, bad-input, error, crashed. */
  kind: string
  message: string
}

/** What a trial is compared by: its values where it ended. */
export function finalRung({ rungs }: Trial): Rung | undefined {
  return rungs.at(-1)
}
