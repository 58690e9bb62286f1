import { createHash } from 'node:crypto'
import { canonicalJson, type Json } from '@blacksmith/config'

/** The targets of an experiment. */
export const targets = ['prepare-data', 'train', 'evaluate'] as const
export type Target = (typeof targets)[number]

/** Everything that a result depends on, by name; `version` is what keys mean (libs/config/version.json). */
export type KeyComponents = { version: number; target: Target; [component: string]: Json }

/** SHA-256 in hex over the components as canonical JSON. */
export function keyOf(components: KeyComponents): string {
  return sha256(canonicalJson(components))
}

/** The short name of a run, for people and for file names. */
export function runId(key: string): string {
  return key.slice(0, 10)
}

export function sha256(bytes: string | Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
