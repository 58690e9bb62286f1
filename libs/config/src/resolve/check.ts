import { z } from 'zod'
import type { Problem } from '../errors/user-error'
import { kindsOf, type Schema, schemasAt } from '../structure/walk'
import { ambiguity } from '../yaml/spelling'
import { type Entry, locate, type Scalar, type Tree, toJson } from '../yaml/tree'
import { spacedColon } from './colon'
import { positionOf } from './position-of'
import { type Finding, translateIssue } from './translate-issue'

/** A checked value, or all that is wrong with it. */
export type Checked = { value: unknown; problems: [] } | { value: undefined; problems: Problem[] }

/** Checks a tree against a structure; every problem has the place where its value was written. */
export function check(schema: Schema, tree: Tree): Checked {
  const twofold = findAmbiguous(schema, tree)
  // An author's own messages win over the per-call ones, so that what is not empty is theirs.
  const result = z.safeParse(schema, toJson(tree), { error: () => '', reportInput: true })
  const issues = result.success
    ? []
    : result.error.issues.flatMap((issue) => translateIssue(issue, schema, tree))
  const problems = distinct([...twofold, ...issues].map((finding) => toProblem(finding, tree)))
  return result.success && problems.length === 0
    ? { value: result.data, problems: [] }
    : { value: undefined, problems }
}

/** Drops problems about a field at a place that an earlier one is about. */
export function distinct(problems: readonly Problem[]): Problem[] {
  const seen = new Set<string>()
  return problems.filter(({ file, flag, line, column, field, message }) => {
    const where = line === undefined && flag === undefined ? message : ''
    const id = JSON.stringify([file, flag, line, column, field, where])
    return !seen.has(id) && seen.add(id)
  })
}

function toProblem({ path, atKey, message, remedy }: Finding, tree: Tree): Problem {
  const position = positionOf(tree, path, atKey === true)
  const advice = spacedColon(tree, path, position) ?? remedy
  const field = path.map(String).join('.')
  return {
    ...locate(position),
    ...(field === '' ? {} : { field }),
    message,
    ...(advice === undefined ? {} : { remedy: advice }),
  }
}

function findAmbiguous(schema: Schema, tree: Tree): Finding[] {
  return scalars(tree).flatMap(([path, scalar]) => {
    const kinds = new Set(schemasAt(schema, path).flatMap((one) => [...kindsOf(one)]))
    const words = ambiguity(scalar, kinds)
    return words === undefined ? [] : [{ path, ...words }]
  })
}

function scalars(tree: Tree, path: readonly PropertyKey[] = []): [path: PropertyKey[], scalar: Scalar][] {
  if (tree.kind === 'scalar') return [[[...path], tree]]
  if (tree.kind === 'sequence') return tree.items.flatMap((item, i) => scalars(item, [...path, i]))
  return [...tree.entries].flatMap(([key, { value }]: [string, Entry]) => scalars(value, [...path, key]))
}
