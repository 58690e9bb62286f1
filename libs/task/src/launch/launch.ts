import { UserError } from '@blacksmith/config'
import type { Launching } from '@blacksmith/launch'
import type { HeldArtifact } from '@blacksmith/store'
import type { Session } from '@blacksmith/terminal'
import { fits } from '../key/components'
import type { Plan } from '../plan'
import { found } from '../share'
import { followJob } from './follow-job'
import { jobId } from './identity'
import { JobFolder, type OutcomeRecord } from './job-files'
import { ensureJobs } from './jobs-folder'
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
  const asked = { planned, job, launching, session }
  const { round, joined } = await submitJob(asked)
  const { reference } = round.submissions().at(-1) ?? {}
  session.display.passing(
    joined
      ? `it goes on already, as ${launching.launcher.name} job ${reference}; following it`
      : `submitted as ${launching.launcher.name} job ${reference}`,
  )
  const outcome = await followJob(round, asked)
  const artifact = await artifactOf(finishedKey(outcome, launching), planned, session, 'just made')
  if (!artifact) throw absent(outcome)
  return { artifact, made: true }
}

/** @throws UserError for a job that has no result */
function finishedKey(outcome: OutcomeRecord, { launcher }: Launching): string {
  if (outcome.kind === 'finished') return outcome.key
  if (outcome.kind === 'failed') throw new UserError(outcome.problems as UserError['problems'])
  throw new UserError({
    message: `its ${launcher.name} job was cancelled by ${outcome.by}`,
    remedy: 'the same command goes on from its last checkpoint',
  })
}

/**
 * What is stored or shared under a key, if it is what the plan asks for.
 *
 * @param silent where it is no news that there is one
 */
async function artifactOf(
  key: string,
  planned: Plan,
  session: Session,
  silent?: 'just made',
): Promise<HeldArtifact | undefined> {
  const onWait = () => session.display.passing('another run is making the same artifact; waiting for it')
  const lock = await planned.store.lockKey(key, { signal: session.signal, onWait })
  try {
    const artifact = silent
      ? ((await planned.store.lookup(key)) ?? (await found(planned, session, key)))
      : await found(planned, session, key)
    if (!artifact || fits(planned.draft, artifact.provenance.components)) return artifact
    artifact.release()
    throw new Error(`the artifact of ${key} is not what its job was asked for`)
  } finally {
    lock.close()
  }
}

function absent(outcome: OutcomeRecord): UserError {
  const machine = outcome.kind === 'finished' ? outcome.machine : ''
  return new UserError({
    message: `it was made on ${machine}, and is in no place that this machine can see`,
    remedy: 'see where the nodes keep their store: BLACKSMITH_HOME, or home in cluster.yaml',
  })
}
