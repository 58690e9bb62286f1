import { formatThreads } from '@blacksmith/text'
import { z } from 'zod'

/**
 * The parts of provenance.json that people are shown. Everything else is kept as it is: a page must be able to show
 * runs of earlier versions, and of versions that know more.
 */
export const provenance = z.looseObject({
  id: z.string(),
  project: z.string(),
  configuration: z.string().default('default'),
  target: z.string(),
  key: z.string().optional(),
  lineage: z.string().optional(),
  components: z.looseObject({}).default({}),
  overrides: z.array(z.string()).default([]),
  commit: z.string().nullable().default(null),
  dirty: z.boolean().default(false),
  environment: z.unknown().optional(),
  device: z.unknown().optional(),
  started: z.string().optional(),
  finished: z.string().optional(),
  seconds: z.number().optional(),
})

export type RunProvenance = z.infer<typeof provenance>

/** The device of a run in words: `cpu, 2 threads`, `2 × gpu, 8 threads`. */
export function deviceText({ device }: RunProvenance): string {
  if (typeof device !== 'object' || device === null) return 'unknown'
  const { kind, count, threads } = device as Record<string, unknown>
  const cards = typeof count === 'number' && count > 1 ? `${count} × ${String(kind)}` : String(kind)
  return typeof threads === 'number' ? `${cards}, ${formatThreads(threads)}` : cards
}

/** The commit of a run in words: `1a2b3c4d5e, with uncommitted changes`. */
export function commitText({ commit, dirty }: RunProvenance): string {
  if (commit === null) return 'not in a repository'
  return dirty ? `${commit.slice(0, 10)}, with uncommitted changes` : commit.slice(0, 10)
}

/** A moment as written in provenance, without its fraction of a second: `2026-05-04 12:30:01 UTC`. */
export function momentText(moment: string | undefined): string {
  const date = new Date(moment ?? '')
  return Number.isNaN(date.getTime()) ? 'unknown' : `${date.toISOString().slice(0, 19).replace('T', ' ')} UTC`
}
