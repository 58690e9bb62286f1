/** A trial of a sweep as its page shows it. */
export interface ReportedTrial {
  /** Counted from 1, in the order in which trials were chosen. */
  number: number
  parameters: Record<string, unknown>
  state: 'complete' | 'stopped' | 'failed'
  /** How far it has come; the last one is where it ended. */
  rungs: ReportedRung[]
  failure?: { kind: string; message: string }
}

/** Where a trial stood after so much training. */
export interface ReportedRung {
  /** null stands for that of the configuration. */
  horizon: number | null
  /** By objective, the mean over the repeats. */
  values: number[]
  deviations: number[]
  /** One for each repeat; seconds are those of training. */
  runs: { id: string; seconds: number; metrics: Record<string, number> }[]
}

/** What was tried of a parameter. */
export interface ReportedParameter {
  path: string
  /** Values without an order; without them it is a range of numbers. */
  choices?: unknown[]
  log?: boolean
}

/** A sweep as its page shows it. */
export interface ReportedSweep {
  project: string
  name: string
  description?: string | undefined
  /** The configuration that its trials start from, and what was set for all of them. */
  configuration: string
  set: string[]
  sampler: string
  /** Without any nobody judges: the page shows all metrics of each trial. */
  objectives: { metric: string; split: string; goal: 'maximize' | 'minimize' }[]
  parameters: ReportedParameter[]
  /** What the horizon is called, where trials end at different ones. */
  horizon?: string | undefined
  trials: readonly ReportedTrial[]
  /** Numbers of the best trials. */
  best: number[]
  /** By parameter its share in how the first objective varies; empty until that is known. */
  importance: Record<string, number>
  /** Trainings of the latest call: those that were run, and those that were in the store. */
  trained: number
  reused: number
}

/** Where a trial ended. */
export function finalRung({ rungs }: ReportedTrial): ReportedRung | undefined {
  return rungs.at(-1)
}

/** A trial's value by the objective of this position; undefined where it has none. */
export function judgedValue(trial: ReportedTrial, objective: number): number | undefined {
  return trial.failure ? undefined : finalRung(trial)?.values[objective]
}

/** By the first objective: whole trials before those that ended early, the best first; what failed last. */
export function ranked({ objectives, trials }: ReportedSweep): ReportedTrial[] {
  const sign = objectives[0]?.goal === 'minimize' ? 1 : -1
  const state = ({ state: its }: ReportedTrial) => ['complete', 'stopped', 'failed'].indexOf(its)
  const value = (trial: ReportedTrial) => judgedValue(trial, 0) ?? 0
  return [...trials].sort(
    (a, b) => state(a) - state(b) || sign * (value(a) - value(b)) || a.number - b.number,
  )
}
