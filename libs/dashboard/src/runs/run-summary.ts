import { join } from 'node:path'
import { readRunFile } from '@blacksmith/protocol'
import { flatten, leafText } from '@blacksmith/report/compare'
import { deviceText, provenance } from '@blacksmith/report/series'
import { z } from 'zod'

/** What the list of runs shows and searches: a few hundred bytes a run. */
export interface RunSummary {
  key: string
  id: string
  project: string
  configuration: string
  target: string
  started: string
  seconds: number
  device: string
  commit: string
  overrides: string[]
  bytes: number
  metrics: Record<string, number | null>
  /** Of an evaluation: the digest of its model; of a training: that of the model it made. */
  model: string | undefined
  /** `path=value` of all parameters, for the search. */
  parameters: string
}

const manifest = z.object({
  files: z.array(z.object({ path: z.string(), bytes: z.number(), sha256: z.string() })),
})
const metricsFile = z.record(z.string(), z.number().nullable())
const longestParameters = 2000
/** Larger than the manifest of any artifact that was ever made, and small enough to be held in memory. */
const mostBytes = 64 << 20

/** The summary of the artifact in a folder; undefined when there is none that can be read. */
export async function readRunSummary(directory: string, key: string): Promise<RunSummary | undefined> {
  const read = async (name: string) =>
    JSON.parse((await readRunFile(join(directory, name), mostBytes)) ?? '') as unknown
  try {
    const run = provenance.parse(await read('provenance.json'))
    const { files } = manifest.parse(await read('manifest.json'))
    const metrics =
      run.target === 'evaluate'
        ? metricsFile.safeParse(await read('metrics.json').catch(() => ({})))
        : undefined
    const { model, parameters } = run.components
    return {
      key,
      id: run.id,
      project: run.project,
      configuration: run.configuration,
      target: run.target,
      started: run.started ?? '',
      seconds: run.seconds ?? 0,
      device: deviceText(run),
      commit: run.commit?.slice(0, 10) ?? '',
      overrides: run.overrides,
      bytes: files.reduce((sum, file) => sum + file.bytes, 0),
      metrics: metrics?.success ? metrics.data : {},
      model:
        run.target === 'train'
          ? files.find((file) => file.path === 'model.safetensors')?.sha256
          : typeof model === 'string'
            ? model
            : undefined,
      parameters: flatten(parameters)
        .map(([path, leaf]) => `${path}=${leafText(leaf)}`)
        .join(' ')
        .slice(0, longestParameters),
    }
  } catch {
    // Being sealed, being deleted, or broken: the store says what is wrong with it when somebody asks for it.
    return undefined
  }
}
