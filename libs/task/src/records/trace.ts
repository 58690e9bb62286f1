import type { ResolvedConfig } from '@blacksmith/config'
import type { Artifact } from '@blacksmith/store'

/** Among a training's records, where `training.profile` asks for it: what the device did in a few steps. */
export const traceFile = 'trace.json.gz'

/**
 * What a person is told who asks for a trace of a training that is stored without one. A trace shapes nothing, so it is
 * in no key: to make one, the training has to be another, or to be made anew.
 */
export function traceMissing(config: ResolvedConfig, { provenance }: Artifact): string | undefined {
  const { training } = config.values as { training?: { profile?: unknown } }
  if (training?.profile !== true || provenance.records.some(({ path }) => path === traceFile))
    return undefined
  return (
    `there is no ${traceFile}: this training is stored without one; train with another seed, or take it away ` +
    `first (npx blacksmith runs remove ${provenance.id})`
  )
}
