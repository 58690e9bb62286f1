import type { Artifact, HeldArtifact } from '@blacksmith/store'
import type { Session } from '@blacksmith/terminal'
import { releaseInputs } from './key/inputs'
import { launch } from './launch/launch'
import { environmentFor, make } from './make'
import { type Outcome, place } from './place'
import { type Plan, planAgain } from './plan'
import { provideInputs } from './provide-inputs'
import { sameDraft } from './run/unmoved'
import { shareResult } from './share'
import type { Slot } from './slot/slot'

/** How a plan is executed. */
export interface Execution {
  /** Of one who executes many of an experiment in turn: what they have in common is waited for once. */
  slot?: Slot
  /** The artifact stays in the store, and nothing is put into dist/. */
  kept?: boolean
}

/**
 * Walks the second half of the road: after it, the planned target's artifact stands in dist/, reused or newly made,
 * here or by a job elsewhere.
 *
 * Locks are taken in one order, environment, key, capsule, download, device, and none is held while an earlier one is
 * waited for: two runs never wait for each other.
 *
 * @param planned a plan that was made to be executed
 */
export async function execute(
  planned: Plan,
  session: Session,
  { slot, kept = false }: Execution = {},
): Promise<Outcome> {
  const { request, experiment, settings, material, launching } = planned
  const draft = kept ? '' : await sameDraft(request, experiment, settings, material)
  const environment = launching ? undefined : await environmentFor(planned, session)
  session.firstStep.mark('configuration and environment')
  const inputs = await provideInputs(planned, session, execute)
  session.firstStep.mark('verified inputs')
  try {
    const put = (result: { artifact: Artifact | HeldArtifact; made: boolean }) =>
      kept ? leave(result) : place({ planned, session, inputs, draft, ...result })
    const outcome = environment
      ? await make({ planned, session, slot, inputs, environment }, put)
      : await put(await launch(kept ? planned : await planAgain(planned), session))
    await shareResult(planned, session, outcome)
    return outcome
  } finally {
    releaseInputs(inputs)
  }
}

/** Leaves an artifact where it is: in the store. */
async function leave(result: { artifact: Artifact | HeldArtifact; made: boolean }): Promise<Outcome> {
  if ('release' in result.artifact) result.artifact.release()
  return { ...result, directory: result.artifact.directory }
}
