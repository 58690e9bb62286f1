import { canonicalJson, type Json } from '@blacksmith/config'
import { flatten } from '../report/flatten'
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
  return named.map((group, index) => {
    // Two columns of one name could not be told apart.
    const earlier = named.slice(0, index).filter(({ name }) => name === group.name).length
    return earlier === 0 ? group : { ...group, name: `${group.name} (${earlier + 1})` }
  })
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
  const experiment = configuration === 'default' ? project : `${project}:${configuration}`
  return members.length === 1 ? `${experiment} ${id}` : `${experiment} × ${members.length}`
}
