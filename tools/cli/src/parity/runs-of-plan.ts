import { canonicalJson, type DeviceKind, type Json } from '@blacksmith/config'
import type { Artifact } from '@blacksmith/store'
import type { Draft, Plan } from '@blacksmith/task'

/** An evaluation with the training whose model it looked at. */
export interface Evaluated {
  evaluation: Artifact
  training: Artifact
}

/** The evaluations of an experiment, as it is now, on one kind of device. */
export interface KindRuns {
  kind: DeviceKind
  /** Several are repeats that differ in their seeds. */
  runs: Evaluated[]
  /** Where there are none: the newest of this kind that was made from something else, and from what. */
  stale?: { id: string; differs: string[] }
}

/**
 * Finds the runs that a plan's code, data and parameters would give, also on a kind of device that this machine does
 * not have. An environment that was never made here is not asked about, and neither are seeds.
 *
 * @param artifacts all runs of the experiment, the newest first
 */
export function runsOfPlan(artifacts: Artifact[], { request, experiment, draft, producers }: Plan): KindRuns {
  const { kind } = experiment.placement
  const ofKind = artifacts.filter(({ provenance }) => kindOf(provenance.components.placement) === kind)
  const trainings = ofKind.filter(({ provenance }) => provenance.target === 'train')
  const trainingDraft = producers.find((producer) => producer.request.target === 'train')?.draft ?? {}
  const judged = ofKind
    .filter(({ provenance }) => provenance.target === request.target)
    .map((evaluation) => {
      const training = trainings.find(({ manifest }) =>
        holds(manifest, evaluation.provenance.components.model),
      )
      const trained = training ? differing(trainingDraft, training) : ['training']
      return { evaluation, training, differs: [...new Set([...trained, ...differing(draft, evaluation)])] }
    })
  const runs = judged.flatMap(({ evaluation, training, differs }) =>
    training && differs.length === 0 ? [{ evaluation, training }] : [],
  )
  const [newest] = runs.length === 0 ? judged : []
  const stale = newest && { id: newest.evaluation.provenance.id, differs: newest.differs }
  return { kind, runs, ...(stale ? { stale } : {}) }
}

function kindOf(placement: Json | undefined): Json | undefined {
  return (placement as { kind?: Json } | undefined)?.kind
}

function holds(manifest: Artifact['manifest'], model: Json | undefined): boolean {
  return manifest.files.some(({ sha256 }) => sha256 === model)
}

/** The names of the components that are not as a plan has them. A model is judged by the training that made it. */
function differing(draft: Draft, { provenance: { components } }: Artifact): string[] {
  const text = (value: Json | undefined) => canonicalJson(withoutSeeds(value ?? null))
  return Object.entries(draft).flatMap(([name, fact]) =>
    name !== 'model' && fact.known && text(fact.value) !== text(components[name]) ? [name] : [],
  )
}

function withoutSeeds(value: Json): Json {
  if (Array.isArray(value)) return value.map(withoutSeeds)
  if (typeof value !== 'object' || value === null) return value
  const kept = Object.entries(value).filter(([name]) => name !== 'seed')
  return Object.fromEntries(kept.map(([name, member]) => [name, withoutSeeds(member)]))
}
