import { canonicalJson, type Json } from '@blacksmith/config'
import { flatten, leafText } from '../report/flatten'
import { type ComparedRun, parametersOf, surroundingsOf } from './compared-run'

/** One column of a comparison: runs that differ in their seeds only. */
export interface Repeats {
  name: string
  runs: ComparedRun[]
  /** The seeds, in the order of the runs; empty where the runs have none. */
  seeds: unknown[]
}

const seedPath = /(^|\.)seed$/

/** Puts runs that are equal but for their seeds together, in the order in which they were named. */
export function groupRepeats(runs: ComparedRun[]): Repeats[] {
  const groups = new Map<string, ComparedRun[]>()
  for (const run of runs) {
    const identity = identityOf(run)
    const members = groups.get(identity) ?? []
    // One run named twice is no repeat: it would pass for two results without any deviation.
    if (members.some((member) => sameRun(member, run))) continue
    groups.set(identity, [...members, run])
  }
  const named = [...groups.values()].map((members) => ({
    name: nameOf(members),
    runs: members,
    seeds: members.flatMap((member) => seedsOf(member)),
  }))
  return named.map((group) => {
    const alike = named.filter(({ name }) => name === group.name)
    return alike.length === 1 ? group : { ...group, name: `${group.name}, ${whatSets(group, alike)}` }
  })
}

/** What tells a column from those of the same name: its parameters that the others have otherwise, or its place. */
function whatSets(group: Repeats, alike: Repeats[]): string {
  const leaves = alike.map(({ runs }) => new Map(flatten(parametersOf(runs[0] as ComparedRun))))
  const own = leaves[alike.indexOf(group)] ?? new Map<string, unknown>()
  const differing = [...own].filter(
    ([path, leaf]) =>
      !seedPath.test(path) && leaves.some((other) => leafText(other.get(path)) !== leafText(leaf)),
  )
  const text = differing
    .slice(0, 2)
    .map(([path, leaf]) => `${path.split('.').at(-1)} ${leafText(leaf)}`)
    .join(', ')
  const unique = alike
    .filter((other) => other !== group)
    .every((other) => !sameLeaves(other, group, differing))
  return text !== '' && unique ? text : `group ${alike.indexOf(group) + 1}`
}

/** Whether two columns agree in the first two of the parameters named: then their names would be equal. */
function sameLeaves(a: Repeats, b: Repeats, named: [string, unknown][]): boolean {
  const [x, y] = [a, b].map(({ runs }) => new Map(flatten(parametersOf(runs[0] as ComparedRun))))
  return named.slice(0, 2).every(([path]) => leafText(x?.get(path)) === leafText(y?.get(path)))
}

function identityOf(run: ComparedRun): string {
  const parameters = flatten(parametersOf(run)).filter(([path]) => !seedPath.test(path))
  const { project, target } = run.run.provenance
  return canonicalJson({ project, target, parameters, surroundings: surroundingsOf(run) } as Json)
}

function sameRun(a: ComparedRun, b: ComparedRun): boolean {
  return (
    a.run.provenance.id === b.run.provenance.id && a.training?.provenance.id === b.training?.provenance.id
  )
}

function seedsOf(run: ComparedRun): unknown[] {
  return flatten(parametersOf(run))
    .filter(([path]) => seedPath.test(path))
    .slice(0, 1)
    .map(([, seed]) => seed)
}

function nameOf(members: ComparedRun[]): string {
  const [first] = members as [ComparedRun]
  const { project, configuration, id } = first.run.provenance
  if (first.name !== undefined && members.length === 1) return first.name
  const experiment = configuration === 'default' ? project : `${project}:${configuration}`
  return members.length === 1 ? `${experiment} ${id}` : `${experiment} × ${members.length}`
}
