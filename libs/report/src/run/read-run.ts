import { join } from 'node:path'
import { UserError } from '@blacksmith/config'
import { readRunFile } from '@blacksmith/protocol'
import { z } from 'zod'
import type { Results } from '../acceptance'
import { performance, performanceFileName, type RunPerformance } from './performance'
import { provenance, type RunProvenance } from './provenance'

const rule = z.object({ at_least: z.number().optional(), at_most: z.number().optional() })

const results = z.looseObject({
  metrics: z.record(z.string(), z.number().nullable()),
  acceptance: z.record(z.string(), rule.extend({ met: z.boolean() })).default({}),
  not_judged: z.record(z.string(), rule).optional(),
  accepted: z.boolean().default(true),
})

const plainMetrics = z.record(z.string(), z.number().nullable())

/** A run as it lies in a folder: in dist/, or in the store. */
export interface RunRecord {
  directory: string
  provenance: RunProvenance
  /** What an evaluation measured. */
  metrics?: Record<string, number | null>
  /** The judgement on it, which stands in dist/ only: thresholds are no part of an artifact. */
  results?: Results
  /** What a training got out of its device. */
  performance?: RunPerformance
}

/**
 * Reads what a target left in a folder.
 *
 * @throws UserError when there is no run in the folder, or its provenance cannot be read
 */
export async function readRun(directory: string): Promise<RunRecord> {
  const file = join(directory, 'provenance.json')
  const content = await readJson(file)
  if (content === undefined) {
    throw new UserError({
      file,
      message: 'there is no run here',
      remedy: 'run the target first, or name another folder',
    })
  }
  const parsed = provenance.safeParse(content)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    throw new UserError({
      file,
      field: issue?.path.join('.') ?? '',
      message: `is not what a run records: ${issue?.message}`,
      remedy: 'delete the folder and run the target again; the store puts it back',
    })
  }
  const judged = results.safeParse(await readJson(join(directory, 'results.json')))
  const measured = performance.safeParse(await readJson(join(directory, performanceFileName)))
  const run: RunRecord = {
    directory,
    provenance: parsed.data,
    ...(measured.success ? { performance: measured.data } : {}),
  }
  if (judged.success) return { ...run, metrics: judged.data.metrics, results: judged.data as Results }
  const metrics = plainMetrics.safeParse(await readJson(join(directory, 'metrics.json')))
  return metrics.success ? { ...run, metrics: metrics.data } : run
}

/** Larger than any record of a run, and small enough to be held in memory. */
const mostBytes = 64 << 20

/** The content of a JSON file; undefined when it is not there or is no JSON. */
async function readJson(file: string): Promise<unknown> {
  try {
    return JSON.parse((await readRunFile(file, mostBytes)) ?? '')
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}
