import { userInfo } from 'node:os'
import type { Cluster } from '../cluster/cluster'
import { type JobEnd, type LaunchedJob, type Launcher, Unanswered } from '../launcher'
import { givenIndices } from './allocation'
import { Refused, slurmCommand } from './command'
import { refusal } from './refusal'
import { queuedJobs } from './squeue'
import { submission } from './submission'

/** Jobs through Slurm's own programs, from 20.11 on. Accounting is not needed. */
export function slurm(cluster: Cluster): Launcher {
  const me = () => userInfo().username
  const there = async ({ name, comment }: Pick<LaunchedJob, 'name' | 'comment'>) =>
    (await queuedJobs(me(), name)).find((job) => job.name === name && job.comment === comment)
  return {
    name: 'Slurm',
    lookEvery: 5,
    async submit(job) {
      // An earlier answer may have been lost: a job is known by its name and comment, never by having been told its id.
      const before = await there(job)
      if (before) return before.reference
      const { args, script } = submission(job, cluster)
      try {
        return referenceIn(await slurmCommand('sbatch', args, { input: script, cwd: job.folder }))
      } catch (error) {
        if (error instanceof Refused) throw refusal(error.message, job, cluster)
        const accepted = error instanceof Unanswered ? await there(job).catch(() => undefined) : undefined
        if (accepted) return accepted.reference
        throw error
      }
    },
    look: () => queuedJobs(me()),
    endOf,
    async cancel(named) {
      const job = await there(named)
      if (job) await slurmCommand('scancel', [job.reference]).catch(passRefusal)
    },
    given: (kind) => givenIndices(kind),
    async again() {
      const { SLURM_JOB_ID: id } = process.env
      if (id) await slurmCommand('scontrol', ['requeue', id]).catch(passRefusal)
    },
  }
}

/** It has ended meanwhile. */
function passRefusal(error: unknown): string {
  if (error instanceof Refused) return ''
  throw error
}

/** sbatch --parsable prints `123`, or `123;cluster`. */
function referenceIn(printed: string): string {
  return printed.trim().split('\n').at(-1)?.split(';')[0] ?? ''
}

/** The controller remembers a job for MinJobAge seconds; then its number may mean another one. */
async function endOf(name: string, comment: string, reference: string): Promise<JobEnd | undefined> {
  let said: string
  try {
    said = await slurmCommand('scontrol', ['show', 'job', '--oneliner', reference])
  } catch (error) {
    if (error instanceof Refused) return undefined
    throw error
  }
  const field = (key: string) => new RegExp(`(?:^|\\s)${key}=(\\S*)`).exec(said)?.[1]
  if (field('JobName') !== name || field('Comment') !== comment) return undefined
  const state = field('JobState') ?? ''
  const machine = field('BatchHost') ?? field('NodeList')
  const how = state === 'CANCELLED' ? 'cancelled' : state === 'OUT_OF_MEMORY' ? 'out-of-memory' : 'other'
  const words = [
    state.toLowerCase().replaceAll('_', ' '),
    field('ExitCode') && `exit ${field('ExitCode')}`,
  ].filter(Boolean)
  return { how, words: words.join(', '), machine: machine === '(null)' ? undefined : machine }
}
