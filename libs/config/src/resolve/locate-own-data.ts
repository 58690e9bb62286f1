import { UserError } from '../errors/user-error'
import { readOwnDataPath } from '../header/own-data-path'
import { locate, type Tree } from '../yaml/tree'
import { positionOf } from './position-of'
import type { JsonObject } from './resolved-config'

/**
 * Puts into `dataset.path` the path that is meant by it.
 *
 * @throws UserError where what stands there is no path
 */
export function locateOwnData({ dataset }: JsonObject, merged: Tree): void {
  if (typeof dataset !== 'object' || dataset === null || Array.isArray(dataset)) return
  if (typeof dataset.path !== 'string') return
  const read = readOwnDataPath(dataset.path)
  if (read.path === undefined) {
    throw new UserError({
      ...locate(positionOf(merged, ['dataset', 'path'])),
      field: 'dataset.path',
      ...read,
    })
  }
  dataset.path = read.path
}
