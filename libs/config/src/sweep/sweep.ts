import type { Json } from '../json/canonical-json'
import type { SweepCondition } from './condition'
import type { Objective } from './sweep-structure'

/** Numbers between two ends. */
export interface Range {
  from: number
  to: number
  log: boolean
  /** Whether the parameter takes whole numbers only. */
  whole: boolean
  step?: number | undefined
  points?: number | undefined
}

/** A parameter and what is tried of it: some values, or a range. */
export interface Dimension {
  path: string
  choices?: Json[]
  range?: Range
  /** It is set only where each of these parameters has one of its values. */
  when: Record<string, Json[]>
}

/** How trials are trained in steps of the horizon, and which end early. */
export type Schedule =
  | { kind: 'halving' | 'hyperband'; parameter: string; from: number; to: number; factor: number }
  | { kind: 'median'; parameter: string; from: number; to: number; every: number; after: number }

/** A sweep that has been read and checked. */
export interface Sweep {
  name: string
  description?: string | undefined
  /** The configuration that its trials start from. */
  configuration: string
  /** None only where somebody asks for a plain grid and looks for themselves. */
  objectives: Objective[]
  /** In the order in which values are chosen: what a parameter depends on stands before it. */
  space: Dimension[]
  constraints: SweepCondition[]
  sampler: 'tpe' | 'random' | 'quasi-random' | 'grid'
  seed: number
  /** A grid has as many as it has points. */
  trials?: number | undefined
  batch?: number | undefined
  parallel?: number | undefined
  first: Record<string, Json>[]
  repeats?: { parameter: string; values: Json[] } | undefined
  schedule?: Schedule | undefined
}
