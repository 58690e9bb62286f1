import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type ResolvedConfig, UserError } from '@blacksmith/config'
import type { Results } from '@blacksmith/report'
import type { Artifact } from '@blacksmith/store'
import { thresholds } from './thresholds'

/** The file in which evaluate's artifact holds what it measured. */
export const metricsFile = 'metrics.json'

/** The judgement beside it in dist/; it is no part of the artifact, since thresholds are in no key. */
export const resultsFile = 'results.json'

type Thresholds = ReturnType<typeof thresholds>

/**
 * Holds the metrics against the thresholds that are asked of these data.
 *
 * @throws UserError for a threshold on a metric that the evaluation does not give
 */
export function judge(
  metrics: Record<string, number>,
  { asked, notJudged }: Thresholds,
  file: string,
): Results {
  const acceptance = Object.fromEntries(
    Object.entries(asked).map(([metric, bound]) => {
      const value = metrics[metric]
      if (value === undefined) {
        throw new UserError({
          file,
          field: `acceptance.${metric}`,
          message: 'the evaluation gives no such metric',
          remedy: `use one of: ${Object.keys(metrics).join(', ')}`,
        })
      }
      const met = value >= (bound.at_least ?? -Infinity) && value <= (bound.at_most ?? Infinity)
      return [metric, { ...bound, met }]
    }),
  )
  return {
    metrics,
    acceptance,
    ...(Object.keys(notJudged).length > 0 ? { not_judged: notJudged } : {}),
    accepted: Object.values(acceptance).every(({ met }) => met),
  }
}

/** Judges an evaluation by its artifact and leaves results.json where it stands in dist/, accepted or not. */
export async function judgeEvaluation(
  artifact: Pick<Artifact, 'directory'>,
  directory: string,
  config: ResolvedConfig,
  file: string,
): Promise<Results> {
  // The judgement of other thresholds, which must not stand if these cannot be judged.
  await rm(join(directory, resultsFile), { force: true })
  const metrics = JSON.parse(await readFile(join(artifact.directory, metricsFile), 'utf8')) as Record<
    string,
    number
  >
  const results = judge(metrics, thresholds(config), file)
  await writeFile(join(directory, resultsFile), `${JSON.stringify(results, null, 2)}\n`)
  return results
}
