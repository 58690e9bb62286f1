import type { Problem } from '../errors/user-error'
import { locate, type Mapping } from '../yaml/tree'
import { positionOf } from './position-of'

/**
 * Puts each problem of the whole where it was brought in. Parameters that are fine by themselves may not go together:
 * then the layer that came last to it is at fault, and not the one below, where the field may be written.
 *
 * @param layers in order of precedence, the lowest first
 * @param problemsOf what is wrong with the lowest `count` layers taken together
 */
export function blame(
  problems: readonly Problem[],
  layers: readonly Mapping[],
  problemsOf: (count: number) => readonly Problem[],
): Problem[] {
  const below = layers.map((_, count) => (count === 0 ? [] : problemsOf(count)))
  return problems.map((problem) => {
    const before = below.findLastIndex((found) => !found.some((one) => sameProblem(one, problem)))
    const layer = layers[before]
    return before < 1 || layer === undefined ? problem : movedTo(layer, problem)
  })
}

/** Unless it stands in that layer already. */
function movedTo(layer: Mapping, problem: Problem): Problem {
  const { file: inFile, flag: inFlag } = locate(layer.at)
  if (problem.file === inFile && problem.flag === inFlag) return problem
  const { file: _file, flag: _flag, line: _line, column: _column, frame: _frame, ...words } = problem
  return { ...locate(positionOf(layer, problem.field?.split('.') ?? [])), ...words }
}

function sameProblem(one: Problem, other: Problem): boolean {
  return one.field === other.field && one.message === other.message
}
