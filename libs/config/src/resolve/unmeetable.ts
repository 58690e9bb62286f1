import type { Problem } from '../errors/user-error'
import { type Entry, locate, type Mapping, treeAt } from '../yaml/tree'
import { meantForData } from './meant-for-data'
import { originOf } from './origin-of'
import { positionOf } from './position-of'

/** Metrics of `acceptance` whose two bounds no number keeps. A bound for other data contradicts none for a person's own. */
export function unmeetable(merged: Mapping): Problem[] {
  const acceptance = treeAt(merged, ['acceptance'])?.value
  if (acceptance?.kind !== 'mapping') return []
  const path = treeAt(merged, ['dataset', 'path'])
  const isMeant = meantForData(scalarOf(path) === null ? undefined : path && originOf(path))
  return [...acceptance.entries.keys()].flatMap((metric) => {
    const [least, most] = ['at_least', 'at_most'].map((bound) => treeAt(acceptance, [metric, bound]))
    const [low, high] = [scalarOf(least), scalarOf(most)]
    if (typeof low !== 'number' || typeof high !== 'number' || low <= high) return []
    if (isMeant(originOf(least)) !== isMeant(originOf(most))) return []
    return {
      ...locate(positionOf(merged, ['acceptance', metric])),
      field: `acceptance.${metric}`,
      message: 'can never be met: at_least is above at_most',
      remedy: 'swap the two numbers, or drop one',
    }
  })
}

function scalarOf(entry: Entry | undefined): unknown {
  return entry?.value.kind === 'scalar' ? entry.value.value : undefined
}
