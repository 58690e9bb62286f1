import { hint } from '../errors/nearest'
import { type Problem, UserError } from '../errors/user-error'
import type { Header } from '../header/header'
import type { Json } from '../json/canonical-json'
import { distinct } from '../resolve/check'
import { positionOf } from '../resolve/position-of'
import type { ExperimentStructure } from '../structure/define-experiment'
import { parameterPaths, roleAt } from '../structure/walk'
import { locate, type Mapping, type Tree, treeAt } from '../yaml/tree'
import { ConditionError, parseCondition, type SweepCondition } from './condition'
import { readDimension } from './dimension'
import type { Dimension, Schedule, Sweep } from './sweep'
import type { Objective, WrittenSweep } from './sweep-structure'
import { valueProblems } from './value-problems'

/** What is held against what, and where mistakes go. */
export interface Checking {
  tree: Mapping
  structure: ExperimentStructure
  /** Paths of all parameters of the experiment. */
  parameters: string[]
  report(path: readonly PropertyKey[], message: string, remedy: string): void
  add(problems: readonly Problem[]): void
}

/**
 * Holds a sweep against the experiment: that its parameters exist and take its values, and that its parts go together.
 *
 * @throws UserError with all that is wrong
 */
export function checkSweep(
  written: WrittenSweep,
  tree: Mapping,
  name: string,
  header: Header,
  structure: ExperimentStructure,
): Sweep {
  const problems: Problem[] = []
  const checking: Checking = {
    tree,
    structure,
    parameters: parameterPaths(structure.schema),
    report: (path, message, remedy) =>
      problems.push({
        ...locate(positionOf(tree, path)),
        field: path.map(String).join('.'),
        message,
        remedy,
      }),
    add: (more) => problems.push(...more),
  }
  const { configuration, sampler, seed, trials, batch, parallel, description } = written
  if (configuration !== 'default' && !header.configurations.includes(configuration)) {
    const remedy = hint(configuration, ['default', ...header.configurations], 'there are')
    checking.report(['configuration'], `there is no configuration ${configuration}`, remedy)
  }
  const space = Object.entries(written.space).map(([path, dimension]) =>
    readDimension(path, dimension, written, checking),
  )
  if (space.length === 0) checking.report(['space'], 'is empty', 'write a parameter and its values')
  if (trials === undefined && sampler !== 'grid')
    checking.report(['trials'], 'is missing', 'write how many trials there are to be: trials: 20')
  const sweep: Sweep = {
    name,
    description,
    configuration,
    objectives: objectives(written, checking),
    space,
    constraints: constraints(written, checking),
    sampler,
    seed,
    trials,
    batch,
    parallel,
    first: first(written, space, checking),
    repeats: repeats(written, checking),
    schedule: schedule(written, checking),
  }
  if (problems.length > 0) throw new UserError(distinct(problems))
  return sweep
}

/** The test set is looked at once, at the end: a choice that was made by it would be judged by itself. */
function objectives({ objective }: WrittenSweep, { report }: Checking): Objective[] {
  const several = Array.isArray(objective)
  const all = several ? objective : [objective]
  for (const [at, { metric, split }] of all.entries()) {
    const path = several ? ['objective', at] : ['objective']
    const [, prefixed] = /^(test|validation|train)[/ ._-]/.exec(metric) ?? []
    if (split === 'test' || prefixed === 'test') {
      report(
        [...path, split === 'test' ? 'split' : 'metric'],
        'is measured on the test split, which may not choose: the number that it would give at the end would be too good',
        'name a metric that train records on the validation split; the best trial is evaluated once at the end',
      )
    } else if (prefixed !== undefined) {
      const rest = metric.slice(prefixed.length + 1)
      report(
        [...path, 'metric'],
        `names its split, ${prefixed}`,
        `write metric: ${rest} and split: ${prefixed}`,
      )
    }
  }
  return all
}

function constraints({ constraints }: WrittenSweep, { report, parameters }: Checking): SweepCondition[] {
  return constraints.flatMap((text, at) => {
    try {
      const condition = parseCondition(text)
      for (const path of condition.paths.filter((each) => !parameters.includes(each)))
        report(['constraints', at], `${path} is no parameter`, hint(path, parameters))
      return [condition]
    } catch (error) {
      if (!(error instanceof ConditionError)) throw error
      const example = 'compare parameters: training.batch_size * training.epochs <= 640'
      report(['constraints', at], error.message, example)
      return []
    }
  })
}

function first({ first }: WrittenSweep, space: Dimension[], checking: Checking): Record<string, Json>[] {
  const paths = space.map(({ path }) => path)
  for (const [at, parameters] of first.entries()) {
    for (const path of Object.keys(parameters)) {
      const where = ['first', at, path]
      if (!paths.includes(path)) {
        checking.report(where, 'is not in the space', hint(path, paths))
        continue
      }
      checkValue(where, path, checking)
      const of = space.find((each) => each.path === path)
      if (of && !holdsValue(of, parameters[path]))
        checking.report(
          where,
          'is not among what the space has',
          'write a value that the space holds, or widen the space',
        )
    }
  }
  return first as Record<string, Json>[]
}

function holdsValue({ choices, range }: Dimension, value: unknown): boolean {
  if (range) return typeof value === 'number' && value >= range.from && value <= range.to
  return (choices ?? []).some((choice) => JSON.stringify(choice) === JSON.stringify(value))
}

function repeats({ repeats, space }: WrittenSweep, checking: Checking): Sweep['repeats'] {
  if (repeats === undefined) return undefined
  const { parameter, values } = repeats
  if (parameter in space)
    checking.report(['repeats', 'parameter'], `${parameter} is in the space`, 'remove it from one of them')
  for (const [at] of values.entries()) checkValue(['repeats', 'values', at], parameter, checking)
  return { parameter, values: values as Json[] }
}

/** Whether the parameter takes what is written at a place of the sweep. */
function checkValue(where: readonly PropertyKey[], parameter: string, checking: Checking): void {
  const value: Tree | undefined = treeAt(checking.tree, where)?.value
  if (value) checking.add(valueProblems(parameter, value, value.at, checking.structure))
}

function schedule(written: WrittenSweep, checking: Checking): Schedule | undefined {
  const { report } = checking
  const kinds = (['halving', 'hyperband', 'median'] as const).filter((kind) => written[kind] !== undefined)
  const [kind, other] = kinds
  if (kind === undefined) return undefined
  if (other !== undefined) report([other], `does not go together with ${kind}`, 'remove one of them')
  if (Array.isArray(written.objective) && written.objective.length > 1)
    report([kind], 'needs one objective to compare trials by', 'remove it, or the other objectives')
  const how = written[kind] as NonNullable<WrittenSweep['halving' | 'median']>
  const { parameters, structure } = checking
  const horizons = parameters.filter((path) => roleAt(structure.schema, path.split('.')) === 'horizon')
  const parameter = how.parameter ?? (horizons.length === 1 ? horizons[0] : undefined)
  if (parameter === undefined || !horizons.includes(parameter)) {
    const message =
      parameter === undefined ? 'does not say which parameter' : `${parameter} does not say how long to train`
    const remedy =
      horizons.length > 0
        ? `write parameter: ${horizons.join(' or ')}`
        : "give the parameter that says how long to train the role horizon, in config.ts: role('horizon', z.int())"
    report(how.parameter === undefined ? [kind] : [kind, 'parameter'], message, remedy)
    return undefined
  }
  if (parameter in written.space)
    report(['space', parameter], `is what ${kind} sets`, `remove it from the space`)
  for (const end of ['from', 'to'] as const) checkValue([kind, end], parameter, checking)
  if (how.from >= how.to)
    report([kind, 'to'], 'is not above from', 'let the last one train longer than the first')
  return { ...how, kind, parameter } as Schedule
}
