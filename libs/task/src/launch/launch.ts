import { type Problem, UserError } from '@blacksmith/config'
import { ensureJobs, type Launching } from '@blacksmith/launch'
import type { HeldArtifact } from '@blacksmith/store'
import { SharedStore, trustedScope } from '@blacksmith/store/remotes'
import type { Session } from '@blacksmith/terminal'
import { deviceRefusal } from '../experiment/device-refusal'
import { fits } from '../key/components'
import type { Plan } from '../plan'
import { found } from '../share'
import { followJob } from './follow-job'
import { jobId } from './identity'
import { JobFolder, type OutcomeRecord } from './job-files'
import { submitJob } from './submit-job'

/**
 * The artifact of a plan, from the store or the remote, else made by a job elsewhere that is submitted, or found where
 * it goes on already, and followed to its end.
 *
 * @param planned what it reads has been made
 * @throws UserError when the job fails, or the following is stopped
 */
export async function launch(
  planned: Plan,
  session: Session,
): Promise<{ artifact: HeldArtifact; made: boolean }> {
  const { launching } = planned
  if (!launching) throw new Error('the plan is to be made here')
  const job = new JobFolder(await ensureJobs(launching.cluster, planned.store.home), jobId(planned))
  const before = job.latest()
  const earlier = before?.outcome()
  // While a job works on it, its key is held: a look for the result would wait for all of it.
  if (!session.fresh && (!before || earlier)) {
    const known = planned.key.known ? planned.key.value : undefined
    const keys = [known, earlier?.kind === 'finished' ? earlier.key : undefined]
    for (const key of new Set(keys.flatMap((each) => each ?? []))) {
      const artifact = await artifactOf(key, planned, session)
      if (artifact) return { artifact, made: false }
    }
  }
  const refusal = await deviceRefusal(planned.request, planned.experiment)
  if (refusal) throw refusal
  const asked = { planned, job, launching, session }
  const { round, joined } = await submitJob(asked)
  const { reference } = round.submissions().at(-1) ?? {}
  session.display.passing(
    joined
      ? `it goes on already, as ${launching.launcher.name} job ${reference}; following it`
      : `submitted as ${launching.launcher.name} job ${reference}`,
  )
  const outcome = await followJob(round, asked)
  const { key, remote, machine } = finished(outcome, launching)
  const shared =
    planned.shared ??
    SharedStore.of(planned.store, remote === undefined ? undefined : { address: remote, scope: trustedScope })
  // What was fetched for a pull request counts for that one only.
  const counts = planned.shared?.ofRequest(key) === undefined
  const stored = counts ? await planned.store.lookup(key) : undefined
  const artifact = stored ?? (await artifactOf(key, { ...planned, shared }, session))
  if (!artifact) throw absent(machine)
  refuseOther(planned, artifact)
  return { artifact, made: true }
}

/** @throws UserError for a job that has no result */
function finished(
  outcome: OutcomeRecord,
  { launcher }: Launching,
): Extract<OutcomeRecord, { kind: 'finished' }> {
  if (outcome.kind === 'finished') return outcome
  if (outcome.kind === 'failed') {
    const problems = outcome.problems.map((problem) => problem as Problem)
    throw new UserError(problems, { cause: outcome.cause })
  }
  throw new UserError({
    message: `its ${launcher.name} job was cancelled by ${outcome.by}`,
    remedy: 'the same command goes on from its last checkpoint',
  })
}

/** What is stored or shared under a key, if it is what the plan asks for. */
async function artifactOf(key: string, planned: Plan, session: Session): Promise<HeldArtifact | undefined> {
  const onWait = () => session.display.passing('another run is making the same artifact; waiting for it')
  const lock = await planned.store.lockKey(key, { signal: session.signal, onWait })
  try {
    const artifact = await found(planned, session, key)
    if (artifact) refuseOther(planned, artifact)
    return artifact
  } finally {
    lock.close()
  }
}

/** A job that was told apart by less than its key would be a mistake of ours. */
function refuseOther({ draft }: Plan, artifact: HeldArtifact): void {
  if (fits(draft, artifact.provenance.components)) return
  artifact.release()
  throw new Error(`the artifact of ${artifact.key} is not what its job was asked for`)
}

function absent(machine: string): UserError {
  return new UserError({
    message: `it was made on ${machine}, and is in no place that this machine can see`,
    remedy: 'see where the nodes keep their store: BLACKSMITH_HOME, or home in cluster.yaml',
  })
}
