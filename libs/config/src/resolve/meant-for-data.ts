import type { Origin } from './resolved-config'

/**
 * Tells of a threshold, by where it was set, whether it is meant for the data in use.
 *
 * A threshold is measured on data. Where `dataset.path` puts a person's own in their place, only what was set along
 * with it, or by a layer that goes before, is meant for them.
 *
 * @param path the origin of `dataset.path`; undefined where the data are the experiment's
 */
export function meantForData(path: Origin | undefined): (threshold: Origin | undefined) => boolean {
  const since = path === undefined ? 0 : layerOf(path)
  return (threshold) => layerOf(threshold) >= since
}

/** The place of a value's origin in the order in which layers go before each other. */
function layerOf({ source, file = '' }: Origin = { source: 'default' }): number {
  if (source === 'default') return 0
  if (source === 'flag') return 4
  if (/\/devices\/[^/]+$/.test(file)) return 2
  return /\/configs\/[^/]+$/.test(file) ? 3 : 1
}
