import { hint, UserError } from '@blacksmith/config'
import { type JobState, jobsFolder, type Launching } from '@blacksmith/launch'
import { jobName } from './identity'
import { type JobFolder, type JobRecord, listJobs, type OutcomeRecord, type Round } from './job-files'
import { commentOf } from './submit-job'

/** A job that somebody has asked for. */
export interface SubmittedJob {
  /** By which the engine knows it, and people name it. */
  name: string
  job: JobFolder
  round: Round
  record: JobRecord
  outcome: OutcomeRecord | undefined
  /** What the engine says of it; undefined where it has ended, or is lost. */
  state: JobState | undefined
}

/** All jobs that were submitted from a store, the newest last. */
export function submittedJobs(
  { cluster }: Pick<Launching, 'cluster'>,
  home: string,
  states: readonly JobState[] = [],
): SubmittedJob[] {
  return listJobs(jobsFolder(cluster, home))
    .flatMap((job) => {
      const round = job.latest()
      const record = round?.record()
      if (!round || !record) return []
      const state = states.find(({ comment }) => comment === commentOf(job, round))
      return [{ name: jobName(job.id), job, round, record, outcome: round.outcome(), state }]
    })
    .sort((a, b) => (a.record.asked.at < b.record.asked.at ? -1 : 1))
}

/**
 * The job that a person names: `bs-1a2b…` or the beginning of it, or `project:target`, which is the newest of that name.
 *
 * @throws UserError where there is none, or where several begin so
 */
export function jobNamed(reference: string, jobs: readonly SubmittedJob[]): SubmittedJob {
  const named = jobs.filter(({ record }) => `${record.project}:${record.target}` === reference)
  const [last] = named.slice(-1)
  if (last) return last
  const digits = reference.replace(/^bs-/, '')
  const found = digits === '' ? [] : jobs.filter(({ job }) => job.id.startsWith(digits))
  const [first, second] = found
  if (first && !second) return first
  throw new UserError({
    message: second
      ? `${found.length} jobs begin with ${reference}: ${found.map(({ name }) => name).join(', ')}`
      : `there is no job ${reference}`,
    remedy: second
      ? 'write more of its name'
      : hint(
          reference,
          jobs.map(({ name }) => name),
          'there are',
        ),
  })
}

/**
 * Ends a job, waiting or running: its checkpoints stay, and the same command goes on from them.
 *
 * @throws UserError where it has ended
 */
export async function cancelJob(
  { name, job, round, outcome }: SubmittedJob,
  { launcher }: Launching,
  by: string,
): Promise<void> {
  if (outcome)
    throw new UserError({
      message: `${name} has ended already (${outcome.kind})`,
      remedy: 'see `npx blacksmith queue`',
    })
  await launcher.cancel({ name, comment: commentOf(job, round) })
  await round.end({ kind: 'cancelled', by })
}
