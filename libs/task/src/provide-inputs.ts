import { type Artifact, manifestDigest, type Store } from '@blacksmith/store'
import type { Session } from '@blacksmith/terminal'
import type { Input, Inputs } from './key/inputs'
import { type Plan, planAgain, standingFor } from './plan'

type Execute = (planned: Plan, session: Session) => Promise<{ artifact: Artifact; directory: string }>

/**
 * The artifacts that the target reads, each verified where it stands in dist/. One that is absent, of another
 * key or broken is put there again by its own road: from the store if that has it, else made again.
 *
 * @param execute walks that road
 */
export async function provideInputs(
  { producers }: Plan,
  session: Session,
  execute: Execute,
): Promise<Inputs> {
  const inputs: Inputs = {}
  for (const producer of producers) {
    const input = await provide(producer, session, execute)
    if (producer.request.target === 'train') inputs.train = input
    else inputs.data = input
  }
  return inputs
}

async function provide(planned: Plan, session: Session, execute: Execute): Promise<Input> {
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
