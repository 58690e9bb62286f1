import type { Json } from '@blacksmith/config'

/** The values of a trial's parameters, by their paths. */
export type Parameters = Record<string, Json>

/** A trial that a sampler has chosen. */
export interface Asked {
  /** The sampler's own number of it. */
  id: number
  parameters: Parameters
}

/** How a trial went, for the sampler to learn from. */
export interface Told {
  id: number
  /** stopped: it ended before the last rung; refused: it is a combination that is not wanted. */
  state: 'complete' | 'stopped' | 'failed' | 'refused'
  /** By objective. */
  values?: number[]
  /** The value at each rung that it came to, of one objective. */
  rungs?: [horizon: number, value: number][]
}

/** What chooses the parameters of trials. Equal answers to equal questions: it depends on nothing but what it is told. */
export interface Sampler {
  /** At most so many trials; fewer where there are no more. */
  ask(count: number): Promise<Asked[]>
  tell(trials: readonly Told[]): Promise<void>
  /** By parameter its share in how the first objective varies; none where that cannot be said. */
  importance(): Promise<Record<string, number>>
  close(): void
}
