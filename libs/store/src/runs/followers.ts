import type { Json } from '@blacksmith/config'
import { manifestDigest } from '../artifact/manifest'
import type { StoredRun } from './runs'

/** A run that came of another, and how, in words. */
export interface Follower {
  run: StoredRun
  because: string
}

/** What evaluate reads of a training: its digest stands in the key of the evaluation. */
const modelFile = 'model.safetensors'

/**
 * The runs among `all` that came of `roots`, directly or by others: what read their data or models, and trainings
 * that continued from them. A run is none where one that stays gave it the same bytes.
 *
 * @returns each after what it came of
 */
export function followers(roots: readonly StoredRun[], all: readonly StoredRun[]): Follower[] {
  const going = new Map(roots.map((run) => [run.key, run]))
  const found: Follower[] = []
  const makers = makersOf(all)
  for (let before = -1; before !== found.length; ) {
    before = found.length
    for (const run of all) {
      const because = going.has(run.key) ? undefined : whyFollows(run, going, makers)
      if (because === undefined) continue
      going.set(run.key, run)
      found.push({ run, because })
    }
  }
  return found
}

type Makers = Map<string, StoredRun[]>

/** The runs by what they made, as keys of others name it. */
function makersOf(all: readonly StoredRun[]): Makers {
  const makers: Makers = new Map()
  for (const run of all) {
    const made = digestOf(run)
    if (made !== undefined) makers.set(made, [...(makers.get(made) ?? []), run])
  }
  return makers
}

function digestOf({ provenance, manifest }: StoredRun): string | undefined {
  if (provenance.target === 'prepare-data') return manifestDigest(manifest)
  return manifest.files.find(({ path }) => path === modelFile)?.sha256
}

function whyFollows(
  run: StoredRun,
  going: ReadonlyMap<string, StoredRun>,
  makers: Makers,
): string | undefined {
  const { components } = run.provenance
  const onlyMaker = (digest: Json | undefined) => {
    const made = (typeof digest === 'string' && makers.get(digest)) || []
    return made.every(({ key }) => going.has(key)) ? made[0] : undefined
  }
  const data = onlyMaker(components.data)
  if (data) return `it read the data of ${data.id}`
  const model = onlyMaker(components.model)
  if (model) return `it evaluated the model of ${model.id}`
  for (const one of going.values()) {
    const because = whyContinues(run, one)
    if (because !== undefined) return because
  }
  return undefined
}

function whyContinues({ provenance }: StoredRun, from: StoredRun): string | undefined {
  const start = provenance.continued_from
  if (start === null || typeof start !== 'object' || Array.isArray(start)) return undefined
  if (start.run === from.id) return `it continued from ${from.id}`
  // A killed training leaves checkpoints, and these do not tell whether they began where a run had ended.
  const { lineage, finished } = from.provenance
  const later = Date.parse(provenance.finished) > Date.parse(finished)
  if (start.checkpoint === undefined || lineage === undefined || lineage !== provenance.lineage || !later)
    return undefined
  return `it continued from a checkpoint of the same training as ${from.id}`
}
