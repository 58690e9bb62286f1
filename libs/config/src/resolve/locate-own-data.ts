import { UserError } from '../errors/user-error'
import { readOwnDataPath } from '../header/own-data-path'
import { locate, type Tree } from '../yaml/tree'
import { positionOf } from './position-of'
import type { JsonObject, ResolvedConfig } from './resolved-config'

/**
 * Puts into `dataset.path`, and into `model.path` where that is a location, the path that is meant by it.
 *
 * @throws UserError where what stands there is no path
 */
export function locateOwnData(
  { values, roles }: Pick<ResolvedConfig, 'values' | 'roles'>,
  merged: Tree,
): void {
  for (const section of ['dataset', 'model'] as const) {
    const path = ownPath({ values, roles }, section)
    if (path === undefined) continue
    const field = `${section}.path`
    const read = readOwnDataPath(path)
    if (read.path === undefined)
      throw new UserError({ ...locate(positionOf(merged, [section, 'path'])), field, ...read })
    ;(values[section] as JsonObject).path = read.path
  }
}

/** What a configuration names as a person's own data, or weights. A model may call something else its path. */
export function ownPath(
  { values, roles }: Pick<ResolvedConfig, 'values' | 'roles'>,
  section: 'dataset' | 'model',
): string | undefined {
  const { path } = (values[section] ?? {}) as JsonObject
  if (section === 'model' && roles['model.path'] !== 'location') return undefined
  return typeof path === 'string' ? path : undefined
}
