import { canonicalJson, type DeviceKind, type Json } from '@blacksmith/config'
import { type Layout, listRuns, type Run } from '@blacksmith/store'
import type { Draft, Plan } from '@blacksmith/task'

/** The evaluations that the store has of an experiment, as it is now, on one kind of device. */
export interface KindRuns {
  kind: DeviceKind
  /** The newest first; several are repeats that differ in their seeds. */
  runs: Run[]
  /** Where there are none: the newest of this kind that was made from something else, and from what. */
  stale?: { run: Run; differs: string[] }
}

/**
 * Finds the stored runs that a plan's code, data and parameters would give, also on a kind of device that this
 * machine does not have. An environment that was never made here is not asked about, and neither are seeds.
 */
export async function runsOfPlan(layout: Layout, evaluation: Plan): Promise<KindRuns> {
  const training = evaluation.producers.find(({ request }) => request.target === 'train')
  const { header, placement } = evaluation.experiment
  const trainings = await onKind(layout, header.project, 'train', placement.kind)
  const evaluations = await onKind(layout, header.project, 'evaluate', placement.kind)
  const differences = (run: Run): string[] => {
    const trained = trainings.find(({ manifest }) => holds(manifest, run.provenance.components.model))
    const model = trained === undefined ? ['training'] : differing(training?.draft ?? {}, trained)
    return [...new Set([...model, ...differing(evaluation.draft, run)])]
  }
  const runs = evaluations.filter((run) => differences(run).length === 0)
  const [newest] = runs.length === 0 ? evaluations : []
  return {
    kind: placement.kind,
    runs,
    ...(newest ? { stale: { run: newest, differs: differences(newest) } } : {}),
  }
}

async function onKind(
  layout: Layout,
  project: string,
  target: 'train' | 'evaluate',
  kind: DeviceKind,
): Promise<Run[]> {
  const runs = await listRuns(layout, { project, target })
  return runs.filter(({ provenance }) => {
    const { placement } = provenance.components as { placement?: { kind?: Json } }
    return placement?.kind === kind
  })
}

function holds(manifest: Run['manifest'], model: Json | undefined): boolean {
  return manifest.files.some(({ sha256 }) => sha256 === model)
}

/** The names of the components that are not as a plan has them. A model is judged by the training that made it. */
function differing(draft: Draft, { provenance: { components } }: Run): string[] {
  const text = (value: Json | undefined) => canonicalJson(withoutSeeds(value ?? null))
  return Object.entries(draft).flatMap(([name, answer]) =>
    name !== 'model' && answer.known && text(answer.value) !== text(components[name]) ? [name] : [],
  )
}

function withoutSeeds(value: Json): Json {
  if (Array.isArray(value)) return value.map(withoutSeeds)
  if (typeof value !== 'object' || value === null) return value
  const kept = Object.entries(value).filter(([name]) => name !== 'seed')
  return Object.fromEntries(kept.map(([name, member]) => [name, withoutSeeds(member)]))
}
