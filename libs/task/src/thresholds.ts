import type { Origin, ResolvedConfig } from '@blacksmith/config'

type Acceptance = ResolvedConfig['values']['acceptance']

/**
 * The experiment's thresholds, parted into those that hold for the data in use and those that were set for other data.
 *
 * A threshold is measured on data. Where `dataset.path` puts a person's own in their place, only what was set along
 * with it, or by a layer that goes before, is meant for them.
 */
export function thresholds({ values, origins }: Pick<ResolvedConfig, 'values' | 'origins'>): {
  asked: Acceptance
  notJudged: Acceptance
} {
  const { path } = values.dataset
  const since = path === undefined || path === null ? 0 : layerOf(origins['dataset.path'])
  const part = (chosen: (layer: number) => boolean) =>
    Object.fromEntries(
      Object.entries(values.acceptance)
        .map(([metric, bounds]) => [
          metric,
          Object.fromEntries(
            Object.entries(bounds).filter(([bound]) =>
              chosen(layerOf(origins[`acceptance.${metric}.${bound}`])),
            ),
          ),
        ])
        .filter(([, bounds]) => Object.keys(bounds as object).length > 0),
    ) as Acceptance
  return { asked: part((layer) => layer >= since), notJudged: part((layer) => layer < since) }
}

/** The place of a value's origin in the order in which layers go before each other. */
function layerOf({ source, file = '' }: Origin = { source: 'default' }): number {
  if (source === 'default') return 0
  if (source === 'flag') return 4
  if (/\/devices\/[^/]+$/.test(file)) return 2
  return /\/configs\/[^/]+$/.test(file) ? 3 : 1
}
