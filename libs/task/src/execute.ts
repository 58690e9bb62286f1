import { relative } from 'node:path'
import { type Environment, ensureEnvironment } from '@blacksmith/environments'
import { type Material, parsedSources, stateOfData } from '@blacksmith/identity'
import { formatAcceptance, type Results } from '@blacksmith/report'
import { type Artifact, type KeyComponents, keyOf, manifestDigest, type Store } from '@blacksmith/store'
import { withRightsOf } from '@blacksmith/store/folders'
import type { Session } from '@blacksmith/terminal'
import { deviceRefusal } from './experiment/device-refusal'
import { runFolder } from './experiment/experiment'
import type { Job, Work } from './job'
import { completed, draftComponents, type Surroundings } from './key/components'
import { type Input, type Inputs, releaseInputs } from './key/inputs'
import { known, unknown } from './key/maybe-known'
import { fetchSources, ownData } from './key/sources'
import { judgeEvaluation } from './output/judge'
import { sealOutput } from './output/output-folder'
import { reportPage } from './output/report-page'
import { type Plan, planAgain, standingFor } from './plan'
import { run } from './run/run'
import { sameDraft } from './run/unmoved'
import { found, shareResult } from './share'

/** What an execution put in place. */
export interface Outcome {
  artifact: Artifact
  directory: string
  /** Whether it was made now; else it was there, or another machine had it. */
  made: boolean
  /** Of an evaluation: the metrics held against the thresholds. */
  results?: Results
}

/**
 * Walks the second half of the road: after it, the planned target's artifact stands in dist/, reused or newly made.
 *
 * Locks are taken in one order, environment, key, capsule, download, device, and none is held while an earlier one is
 * waited for: two runs never wait for each other.
 *
 * @param planned a plan that was made to be executed
 */
export async function execute(planned: Plan, session: Session): Promise<Outcome> {
  const { request, experiment, store, shared, settings, material } = planned
  const draft = await sameDraft(request, experiment, settings, material)
  const environment = await environmentFor(planned, session)
  session.firstStep.mark('configuration and environment')
  const inputs = await provideInputs(planned, session)
  session.firstStep.mark('verified inputs')
  try {
    const work = { request, experiment, store, shared, session, environment, inputs, material, draft }
    const outcome = await make(work, planned)
    await shareResult(planned, session, outcome)
    return outcome
  } finally {
    releaseInputs(inputs)
  }
}

/** An environment is made for devices that are there; for others one that stands may still find a stored result. */
async function environmentFor(
  { request, experiment, store, environmentName, environment }: Plan,
  session: Session,
): Promise<Environment> {
  if (experiment.placement.kind !== 'cpu' && !environment.known) {
    const refusal = await deviceRefusal(request, experiment)
    if (refusal) throw refusal
  }
  const { workspaceRoot } = request
  const onLine = (line: string) => session.display.passing(line)
  return withRightsOf(store.home, () =>
    ensureEnvironment(environmentName, { workspaceRoot, home: store.home, onLine, signal: session.signal }),
  )
}

/** From the key to what stands in dist/: reused, or made under the key's lock. */
async function make(
  work: Work & { environment: Environment; inputs: Inputs; material: Material; draft: string },
  { directory }: Plan,
): Promise<Outcome> {
  const { request, experiment, store, shared, session, environment, inputs, material } = work
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
    const stored = session.fresh ? undefined : await found({ store, shared }, session, key)
    const artifact = stored ?? (await withRightsOf(store.home, () => run({ ...work, own, components, key })))
    const outcome: Outcome = { artifact, directory, made: !stored }
    await store.materialize(artifact, directory, async () => {
      if (request.target === 'evaluate') {
        const experimentFile = `${header.directory}/experiment.yaml`
        outcome.results = await judgeEvaluation(artifact, directory, config, experimentFile)
        session.display.note(formatAcceptance(outcome.results))
      }
      if (request.target !== 'prepare-data') await report(work, outcome, inputs)
      sealOutput(directory, work.draft)
    })
    if (runFolder(request, experiment) !== request.configuration)
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
async function provideInputs({ producers }: Plan, session: Session): Promise<Inputs> {
  const inputs: Inputs = {}
  for (const producer of producers) {
    const input = await provide(producer, session)
    if (producer.request.target === 'train') inputs.train = input
    else inputs.data = input
  }
  return inputs
}

async function provide(planned: Plan, session: Session): Promise<Input> {
  const { store } = planned
  const present = await standingFor(planned)
  if (present) {
    const [broken] = await store.verify(present.directory, present.manifest)
    if (!broken) return held(store, present)
    session.display.note(`${present.directory}: ${broken.path} ${broken.reason}; it is put in place again`)
  }
  const { artifact, directory } = await execute(await planAgain(planned), { ...session, fresh: false })
  return held(store, { ...artifact, directory })
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
