import { meantForData, type Origin, type ResolvedConfig } from '@blacksmith/config'

type Acceptance = ResolvedConfig['values']['acceptance']

/** The experiment's thresholds, parted into those meant for the data in use and those that were set for other data. */
export function thresholds({ values, origins }: Pick<ResolvedConfig, 'values' | 'origins'>): {
  asked: Acceptance
  notJudged: Acceptance
} {
  const isMeant = meantForData((values.dataset.path ?? null) === null ? undefined : origins['dataset.path'])
  const part = (chosen: (origin: Origin | undefined) => boolean) =>
    Object.fromEntries(
      Object.entries(values.acceptance)
        .map(([metric, bounds]) => [
          metric,
          Object.fromEntries(
            Object.entries(bounds).filter(([bound]) => chosen(origins[`acceptance.${metric}.${bound}`])),
          ),
        ])
        .filter(([, bounds]) => Object.keys(bounds as object).length > 0),
    ) as Acceptance
  return { asked: part(isMeant), notJudged: part((origin) => !isMeant(origin)) }
}
