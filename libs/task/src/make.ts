import { type Environment, ensureEnvironment } from '@blacksmith/environments'
import { parsedSources, stateOfData } from '@blacksmith/identity'
import { type Artifact, type KeyComponents, keyOf } from '@blacksmith/store'
import { withRightsOf } from '@blacksmith/store/folders'
import type { Session } from '@blacksmith/terminal'
import { deviceRefusal } from './experiment/device-refusal'
import type { Job, Work } from './job'
import { completed, draftComponents, type Surroundings } from './key/components'
import type { Input, Inputs } from './key/inputs'
import { known, unknown } from './key/maybe-known'
import { ownData } from './key/own-data'
import { fetchSources } from './key/sources'
import type { Plan } from './plan'
import { run } from './run/run'
import { found } from './share'
import { giveWay, type Slot } from './slot/slot'

/** All that a target is made from, provided. */
export interface Provided {
  planned: Plan
  session: Session
  slot?: Slot | undefined
  inputs: Inputs
  environment: Environment
}

/** An environment is made for devices that are there; for others one that stands may still find a stored result. */
export async function environmentFor(
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

/**
 * From the key to the artifact: stored, shared, or made under the key's lock.
 *
 * @param use what to do with it while the lock is held
 * @param refuse looks at the components of the key before anything is done for it
 */
export async function make<T>(
  { planned, session, slot, inputs, environment }: Provided,
  use: (result: { artifact: Artifact; made: boolean }) => Promise<T>,
  refuse: (components: KeyComponents) => void = () => undefined,
): Promise<T> {
  const { request, experiment, store, shared, material } = planned
  const work = { request, experiment, store, shared, session, slot }
  const own = await ownDataOf(work)
  const components = await keyComponents(work, {
    material,
    environment: known(environment),
    data: inputs.data ? known(inputs.data) : notRead,
    train: inputs.train ? known(inputs.train) : notRead,
  })
  refuse(components)
  const key = keyOf(components)
  const lock = await store.lockKey(key, {
    signal: session.signal,
    onWait: () => {
      session.display.passing('another run is making the same artifact; waiting for it')
      giveWay(work)
    },
  })
  try {
    const stored = session.fresh ? undefined : await found({ store, shared }, session, key)
    const job = { ...work, environment, inputs, material, own, components, key }
    const artifact = stored ?? (await withRightsOf(store.home, () => run(job)))
    return await use({ artifact, made: !stored })
  } finally {
    lock.close()
  }
}

/** Its state is taken before its digest, so that what is written after that shows. */
async function ownDataOf({ request, experiment }: Work): Promise<Job['own']> {
  const path = ownData(request.workspaceRoot, request.target, experiment)
  return path === undefined ? undefined : { path, state: await stateOfData(path) }
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
