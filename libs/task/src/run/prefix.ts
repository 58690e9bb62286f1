import { canonicalJson, type Json, type ResolvedConfig } from '@blacksmith/config'
import { type HeldArtifact, listRuns, type StoredRun } from '@blacksmith/store'
import type { Work } from '../job'
import { processor } from '../records/processor'

/**
 * The longest stored run that this training is a continuation of: of the same lineage, and no longer than it.
 * It is verified, and held until it is released.
 */
export async function storedPrefix(
  { store, shared, experiment: { config, placement } }: Work,
  lineage: string,
): Promise<HeldArtifact | undefined> {
  // Elsewhere a continuation is not the same bytes as a run in one piece, so it has to be asked for.
  if (placement.kind !== 'cpu' && config.values.training.extend !== true) return undefined
  const ours = horizonOf(config, (path) => valueAt(config.values as unknown as Json, path))
  // Of another kind of processor a continuation is not the same bytes either.
  const here = canonicalJson({ ...processor() })
  const candidates = (await listRuns(store.layout, { lineage, target: 'train' }))
    .filter(({ key }) => shared?.ofRequest(key) === undefined)
    .filter(({ provenance }) => canonicalJson(provenance.processor ?? null) === here)
    .map((run) => ({ run, horizon: horizonOf(config, (path) => valueAt(parametersOf(run), path)) }))
    .filter(({ horizon }) => horizon.every((value, index) => value <= (ours[index] ?? 0)))
    .sort((a, b) => total(b.horizon) - total(a.horizon))
  for (const { run } of candidates) {
    const held = await store.lookup(run.key)
    if (held) return held
  }
  return undefined
}

/** The parameters that say how long to train, in a fixed order. */
function horizonOf(config: ResolvedConfig, value: (path: string[]) => Json | undefined): number[] {
  return Object.entries(config.roles)
    .filter(([field, role]) => role === 'horizon' && field.startsWith('training.'))
    .map(([field]) => Number(value(field.split('.')) ?? 0))
}

function parametersOf({ provenance }: StoredRun): Json {
  return provenance.components.parameters ?? null
}

function valueAt(tree: Json, path: string[]): Json | undefined {
  return path.reduce<Json | undefined>(
    (node, step) => (node as Record<string, Json> | undefined)?.[step],
    tree,
  )
}

function total(horizon: number[]): number {
  return horizon.reduce((sum, value) => sum + value, 0)
}
