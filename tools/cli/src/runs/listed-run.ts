import { flatten, leafText, metricsOf, parametersOf, readComparedRun } from '@blacksmith/report/compare'
import { type Layout, listRuns, type RunFilter, type StoredRun } from '@blacksmith/store'

/** A run with what a list of runs is sorted and filtered by. */
export interface ListedRun extends StoredRun {
  /** Of an evaluation what it measured; of a training the last value of each metric. */
  metrics: Record<string, number | null>
  /** Facts, parameters and metrics by name; those of an evaluation's training are among them. */
  fields: ReadonlyMap<string, string | number>
}

/**
 * The runs that fit, the newest first, each with its parameters and metrics.
 *
 * @param trials numbers in a sweep, by keys
 */
export async function readListedRuns(
  layout: Layout,
  filter: RunFilter,
  trials: ReadonlyMap<string, number> = new Map(),
): Promise<ListedRun[]> {
  const runs = await listRuns(layout, filter)
  const trainings = await trainingsByModel(layout, runs)
  const listed: ListedRun[] = []
  for (const run of runs) {
    const { model } = run.provenance.components
    const training = typeof model === 'string' ? trainings.get(model) : undefined
    const one = await readListedRun(run, training)
    const trial = trials.get(run.key)
    listed.push(trial === undefined ? one : { ...one, fields: new Map([['trial', trial], ...one.fields]) })
  }
  return listed
}

/** One run as it is listed; `training` is that of an evaluation's model. */
export async function readListedRun(run: StoredRun, training?: StoredRun): Promise<ListedRun> {
  const compared = await readComparedRun(run.directory, training?.directory)
  const metrics = metricsOf(compared)
  const parameters = flatten(parametersOf(compared)).filter(([path]) => path !== '')
  const fields = new Map<string, string | number>([
    ...parameters.map(([path, leaf]) => [path, typeof leaf === 'number' ? leaf : leafText(leaf)] as const),
    ...Object.entries(metrics).flatMap(([name, value]) => (value === null ? [] : [[name, value] as const])),
    ...Object.entries(factsOf(run)),
  ])
  return { ...run, metrics, fields }
}

/** Under the headings of the table. */
function factsOf({ id, provenance, bytes, labels }: StoredRun): Record<string, string | number> {
  const { project, configuration, target, finished, seconds, commit, overrides } = provenance
  return {
    run: id,
    project,
    configuration,
    target,
    finished,
    took: seconds,
    size: bytes,
    commit: commit ?? '',
    set: overrides.join(' '),
    name: labels.name ?? '',
    tags: labels.tags.join(', '),
  }
}

async function trainingsByModel(layout: Layout, runs: StoredRun[]): Promise<Map<string, StoredRun>> {
  if (!runs.some(({ provenance }) => provenance.target === 'evaluate')) return new Map()
  const trainings = await listRuns(layout, { target: 'train' })
  // The youngest comes last, and stays.
  return new Map(
    trainings.reverse().flatMap((run) => run.manifest.files.map(({ sha256 }) => [sha256, run] as const)),
  )
}
