import type { Json } from '../json/canonical-json'
import type { Role } from '../structure/role'

export type JsonObject = { [key: string]: Json }

/** A metric's bounds; at least one of them is there. */
export type Bounds = { at_least?: number; at_most?: number }

/**
 * How far a metric may lie from that of the reference device: by an amount, or by a share of the reference's value.
 * At least one of them is there; of two the wider one counts.
 */
export type Tolerance = { absolute?: number; relative?: number }

export interface ConfigValues {
  dataset: JsonObject & { name: string }
  model: JsonObject & { name: string }
  training: JsonObject
  evaluation?: JsonObject
  acceptance: Record<string, Bounds>
  parity: Record<string, Tolerance>
}

/** Where a value comes from. */
export interface Origin {
  source: 'default' | 'file' | 'flag'
  /** Workspace-relative; of files only. */
  file?: string
  line?: number
  /** The whole flag, of flags only. */
  flag?: string
}

/** A complete, validated config. Leaves are everything but mappings: a list is one leaf. */
export interface ResolvedConfig {
  values: ConfigValues
  /** By the dotted path of the leaf. */
  origins: Record<string, Origin>
  /** By the dotted path of the leaf. */
  roles: Record<string, Role>
}

/** Every leaf of a tree of values, in order. A mapping without keys is none. */
export function* leaves(
  value: JsonObject,
  path: readonly string[] = [],
): Generator<[path: string[], value: Json]> {
  for (const [key, member] of Object.entries(value)) {
    if (isObject(member)) yield* leaves(member, [...path, key])
    else yield [[...path, key], member]
  }
}

export function isObject(value: Json): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
