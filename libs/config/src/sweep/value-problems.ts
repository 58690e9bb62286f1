import type { Problem } from '../errors/user-error'
import { check } from '../resolve/check'
import type { ExperimentStructure } from '../structure/define-experiment'
import type { Mapping, Position, Tree } from '../yaml/tree'

/**
 * What is wrong with a value of a parameter that is written elsewhere than in an experiment's files.
 *
 * @param key where the parameter is named
 */
export function valueProblems(
  parameter: string,
  value: Tree,
  key: Position,
  structure: ExperimentStructure,
): Problem[] {
  const nested = parameter
    .split('.')
    .reduceRight<Tree>(
      (inner, name) => ({ kind: 'mapping', entries: new Map([[name, { key, value: inner }]]), at: key }),
      value,
    )
  return check(structure.overlay, nested as Mapping).problems
}
