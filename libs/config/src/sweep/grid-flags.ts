import { type Problem, UserError } from '../errors/user-error'
import type { Json } from '../json/canonical-json'
import { check, distinct } from '../resolve/check'
import { joinFragments } from '../resolve/join-fragments'
import { parseFlag } from '../resolve/parse-flag'
import type { ExperimentStructure } from '../structure/define-experiment'
import { roleAt } from '../structure/walk'
import { toJson, treeAt } from '../yaml/tree'
import type { Dimension } from './sweep'

/** More than anybody means: a slip of the keyboard. */
const mostOfRange = 10_000

/**
 * The space of a grid that is written on the command line: `training.seed=0..9`, `training.optimizer=adam,sgd`,
 * `model.hidden=[64],[64,64]`.
 *
 * @param entries as Nx hands them over: one that is given once comes split at its commas
 * @throws UserError with all that is wrong
 */
export function gridSpace(entries: readonly unknown[], structure: ExperimentStructure): Dimension[] {
  const problems: Problem[] = []
  const space = new Map<string, Json[]>()
  for (const { path, items, flag } of read(entries, problems)) {
    const role = roleAt(structure.schema, path.split('.'))
    if (space.has(path))
      problems.push({ flag, field: path, message: 'is given twice', remedy: 'write all its values at once' })
    else if (role === 'acceptance' || role === 'reporting')
      problems.push({ flag, field: path, message: 'shapes no result', remedy: 'leave it out' })
    space.set(
      path,
      items.flatMap((item) => typed(path, item, structure, problems)),
    )
  }
  if (space.size === 0 && problems.length === 0)
    problems.push({
      flag: '--grid',
      message: 'is missing',
      remedy: 'write --grid training.seed=0..9 (repeatable)',
    })
  if (problems.length > 0) throw new UserError(distinct(problems))
  return [...space].map(([path, choices]) => ({ path, choices, when: {} }))
}

interface GridFlag {
  flag: string
  path: string
  items: string[]
}

/** What has no `=` belongs to the flag before it, from which Nx has split it off. */
function read(entries: readonly unknown[], problems: Problem[]): GridFlag[] {
  const flags: GridFlag[] = []
  for (const text of joinFragments(entries).flatMap(apart)) {
    const [, path, first] = /^\s*([A-Za-z_]\w*(?:\.\w+)+)=(.*)$/s.exec(text) ?? []
    const last = flags.at(-1)
    if (path !== undefined && first !== undefined)
      flags.push({ flag: `--grid ${text}`, path, items: range(first, text, problems) })
    else if (last) last.items.push(...range(text, text, problems))
    else {
      const remedy = 'write --grid <section>.<key>=<value>,<value> or =<first>..<last>'
      problems.push({ flag: `--grid ${text}`, message: 'names no parameter', remedy })
    }
  }
  return flags
}

/** Splits at commas that are in no bracket and no quotes. */
function apart(text: string): string[] {
  return joinFragments(text.split(','))
}

/** `0..9` is all whole numbers from the one to the other. */
function range(text: string, flag: string, problems: Problem[]): string[] {
  const [, from, to] = /^\s*(-?\d+)\.\.(-?\d+)\s*$/.exec(text) ?? []
  if (from === undefined || to === undefined) return [text]
  const count = Number(to) - Number(from) + 1
  if (count >= 1 && count <= mostOfRange)
    return Array.from({ length: count }, (_, at) => String(Number(from) + at))
  problems.push({
    flag: `--grid ${flag}`,
    message: count < 1 ? 'ends before it begins' : `has ${count} values`,
    remedy: 'write the smaller number first: 0..9',
  })
  return []
}

function typed(path: string, item: string, structure: ExperimentStructure, problems: Problem[]): Json[] {
  const { tree, problem } = parseFlag(`${path}=${item}`, structure.schema)
  const found = problem ? [problem] : check(structure.overlay, tree).problems
  // The flag is --grid, where that of a single value would be --set.
  problems.push(...found.map((each) => ({ ...each, flag: `--grid ${path}=${item}` })))
  const value = tree && treeAt(tree, path.split('.'))?.value
  return value && found.length === 0 ? [toJson(value)] : []
}
