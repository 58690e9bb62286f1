import { relative } from 'node:path'
import {
  type Material,
  parsedSources,
  producers,
  readMaterial,
  readSettings,
  stateOfData,
} from '@blacksmith/identity'
import { formatAcceptance, type Results } from '@blacksmith/report'
import { type Artifact, type KeyComponents, keyOf, manifestDigest, Store, storeHome } from '@blacksmith/store'
import { withRightsOf } from '@blacksmith/store/folders'
import { type Environment, ensureEnvironment, inspectEnvironment } from '@blacksmith/trainer'
import { known, unknown } from './answer'
import { completed, draftComponents, type Surroundings } from './components'
import { deviceRefusal } from './device-refusal'
import { distDirectory } from './dist'
import { resolveExperiment, runFolder } from './experiment'
import { type Input, type Inputs, releaseInputs } from './inputs'
import type { Job, Work } from './job'
import { judgeEvaluation } from './judge'
import { sealPlace } from './placed'
import { environmentOf, planTarget, standingFor } from './plan'
import { reportPage } from './report-page'
import type { TaskRequest } from './request'
import { run } from './run'
import type { Session } from './session'
import { fetchSources, ownData } from './sources'
import { sameDraft } from './unmoved'

/** What an execution put in place. */
export interface Outcome {
  artifact: Artifact
  directory: string
  /** Of an evaluation: the metrics held against the thresholds. */
  results?: Results
}

/** Walks the whole road: after it, the target's artifact stands in dist/, reused or newly made. */
export async function execute(request: TaskRequest, session: Session): Promise<Outcome> {
  const store = new Store(storeHome(), { warn: (line) => session.display.note(line) })
  const { workspaceRoot, directory } = request
  const settings = readSettings(workspaceRoot, directory)
  const experiment = await resolveExperiment(request)
  return executeTarget({ request, experiment, store, session }, settings)
}

/**
 * Locks are taken in one order, environment, key, capsule, download, device, and none is held while an earlier one is
 * waited for: two runs never wait for each other.
 */
async function executeTarget(
  work: Work,
  settings = readSettings(work.request.workspaceRoot, work.request.directory),
): Promise<Outcome> {
  const { request, experiment, store, session } = work
  const { workspaceRoot, target } = request
  const material = await readMaterial(workspaceRoot, target, experiment.header, store.layout, { keep: true })
  const draft = await sameDraft(request, experiment, settings, material)
  const environment = await environmentFor(work)
  session.firstStep.mark('configuration and environment')
  const inputs = await provideInputs(work)
  session.firstStep.mark('verified inputs')
  try {
    return await make({ ...work, environment, inputs, material, draft })
  } finally {
    releaseInputs(inputs)
  }
}

/** An environment is made for devices that are there; for others one that stands may still find a stored result. */
async function environmentFor({ request, experiment, store, session }: Work): Promise<Environment> {
  const { workspaceRoot, target } = request
  const name = environmentOf(workspaceRoot, target, experiment)
  const where = { workspaceRoot, home: store.home }
  if (experiment.placement.kind !== 'cpu' && !(await inspectEnvironment(name, where))) {
    const refusal = await deviceRefusal(request, experiment)
    if (refusal) throw refusal
  }
  const onLine = (line: string) => session.display.passing(line)
  return withRightsOf(store.home, () => ensureEnvironment(name, { ...where, onLine, signal: session.signal }))
}

/** From the key to what stands in dist/: reused, or made under the key's lock. */
async function make(
  work: Work & { environment: Environment; inputs: Inputs; material: Material; draft: string },
): Promise<Outcome> {
  const { request, experiment, store, session, environment, inputs, material } = work
  const { header, config } = experiment
  const own = await ownDataOf(work)
  const components = await keyComponents(work, {
    material,
    environment: known(environment),
    data: inputs.data ? known(inputs.data) : notRead,
    train: inputs.train ? known(inputs.train) : notRead,
  })
  const key = keyOf(components)
  const lock = await store.lockKey(key, {
    signal: session.signal,
    onWait: () => session.display.passing('another run is making the same artifact; waiting for it'),
  })
  try {
    const stored = session.fresh ? undefined : await store.lookup(key)
    if (stored) session.display.note(reuseNote(stored))
    const artifact = stored ?? (await withRightsOf(store.home, () => run({ ...work, own, components, key })))
    const folder = runFolder(request, experiment)
    const directory = distDirectory(request.workspaceRoot, header.project, folder, request.target)
    const outcome: Outcome = { artifact, directory }
    await store.place(artifact, directory, async () => {
      if (request.target === 'evaluate') {
        const experimentFile = `${header.directory}/experiment.yaml`
        outcome.results = await judgeEvaluation(artifact, directory, config, experimentFile)
        session.display.note(formatAcceptance(outcome.results))
      }
      if (request.target !== 'prepare-data') await report(work, outcome, inputs)
      sealPlace(directory, work.draft)
    })
    if (folder !== request.configuration)
      session.display.note(`with these flags it stands in ${relative(request.workspaceRoot, directory)}`)
    return outcome
  } finally {
    lock.close()
  }
}

/** Its state is taken before its digest, so that what is written after that shows. */
async function ownDataOf({ request, experiment }: Work): Promise<Job['own']> {
  const path = request.target === 'prepare-data' ? ownData(request.workspaceRoot, experiment) : undefined
  return path === undefined ? undefined : { path, state: await stateOfData(path) }
}

/** Puts report.html beside the results: like the judgement it is made anew each time, from what stands there. */
async function report(
  { experiment, session }: Work,
  { directory }: Outcome,
  { train }: Inputs,
): Promise<void> {
  const { config, header } = experiment
  const { problems } = await reportPage().writeReport(directory, {
    config,
    description: header.description,
    ...(train ? { training: train.directory } : {}),
  })
  for (const problem of problems) session.display.note(problem)
}

const notRead = unknown<Input>('it is not read here')

/** All components of the key. A source that nobody has published a digest of has to be downloaded for that. */
async function keyComponents(work: Work, around: Surroundings): Promise<KeyComponents> {
  const { request, experiment, store, session } = work
  const draft = () => draftComponents(request.workspaceRoot, request.target, experiment, around)
  let components = completed(await draft())
  if (!components.known && request.target === 'prepare-data') {
    await withRightsOf(store.home, () => fetchSources(request.workspaceRoot, experiment, store.home, session))
    components = completed(await draft())
  }
  parsedSources().save()
  if (!components.known) throw new Error(`the key of ${request.target} is not known: ${components.because}`)
  return components.value
}

/**
 * The artifacts that the target reads, each verified where it stands in dist/. One that is absent, of another
 * key or broken is put there again by its own road: from the store if that has it, else made again.
 */
async function provideInputs(work: Work): Promise<Inputs> {
  const inputs: Inputs = {}
  for (const target of producers[work.request.target]) {
    const input = await provide({ ...work, request: { ...work.request, target, draft: undefined } })
    if (target === 'train') inputs.train = input
    else inputs.data = input
  }
  return inputs
}

async function provide(work: Work): Promise<Input> {
  const present = await standingFor(await planTarget(work.request, work.experiment))
  if (present) {
    const [broken] = await work.store.verify(present.directory, present.manifest)
    if (!broken) return held(work.store, present)
    work.session.display.note(
      `${present.directory}: ${broken.path} ${broken.reason}; it is put in place again`,
    )
  }
  const { artifact, directory } = await executeTarget({ ...work, session: { ...work.session, fresh: false } })
  return held(work.store, { ...artifact, directory })
}

/**
 * The store's own copy of what stands in dist/, held: another command on the same configuration may put other
 * things into dist/ meanwhile. Where the store has none, since Nx alone has restored it, it is read where it stands.
 */
async function held(store: Store, { key, directory, manifest }: Artifact): Promise<Input> {
  const stored = await store.lookup(key)
  if (stored && manifestDigest(stored.manifest) === manifestDigest(manifest)) return stored
  stored?.release()
  return { directory, manifest }
}

function reuseNote({ provenance: { id, project, target } }: Artifact): string {
  return `nothing to do: the store has run ${id} (${project}:${target}), made from the same components`
}
