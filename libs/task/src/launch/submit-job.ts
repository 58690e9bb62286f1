import { mkdir } from 'node:fs/promises'
import { isUserError, placementOf } from '@blacksmith/config'
import { hostThreads } from '@blacksmith/devices'
import type { LaunchedJob, Launching } from '@blacksmith/launch'
import { lock } from '@blacksmith/native'
import type { Session } from '@blacksmith/terminal'
import type { Plan } from '../plan'
import { beginRound } from './begin-round'
import { commandLine } from './command-line'
import { untilAnswered } from './engine'
import { jobName } from './identity'
import type { JobFolder, Round } from './job-files'

/** Everything that handing over a job takes. */
export interface Submission {
  planned: Plan
  job: JobFolder
  launching: Launching
  session: Session
}

/**
 * Finds the round of a job that is going on, else begins one and hands it to the engine: once, however many ask for it
 * and whoever of them is killed on the way.
 */
export async function submitJob(asked: Submission): Promise<{ round: Round; joined: boolean }> {
  const { job, session } = asked
  await mkdir(job.folder, { recursive: true })
  const onWait = () => session.display.passing('another command is submitting the same job; waiting for it')
  const held = await lock(job.lock, 'exclusive', { signal: session.signal, onWait })
  try {
    const latest = job.latest()
    const open = latest && !latest.outcome() ? latest : undefined
    if (open && open.submissions().length > 0 && (await isThere(open, asked)))
      return { round: open, joined: true }
    // Who was killed before it was noted may have been heard by the engine, which then has it.
    const round = open?.submissions().length === 0 ? open : await beginRound(asked, (latest?.number ?? 0) + 1)
    await submit(round, [], asked)
    return { round, joined: false }
  } finally {
    held.close()
  }
}

/**
 * Hands a round to the engine once more, since it is gone without a word.
 *
 * @param o.seen how many times it had been handed over when that was seen: of several who see it one does it
 * @param o.avoid the machines that it was lost on
 */
export async function submitAgain(
  round: Round,
  asked: Submission,
  o: { seen: number; avoid: readonly string[] },
): Promise<void> {
  const held = await lock(asked.job.lock, 'exclusive', { signal: asked.session.signal })
  try {
    if (round.submissions().length === o.seen && !round.outcome()) await submit(round, o.avoid, asked)
  } finally {
    held.close()
  }
}

async function submit(round: Round, avoid: readonly string[], asked: Submission): Promise<void> {
  const { launching, session } = asked
  const { launcher } = launching
  const job = launched(round, asked)
  const handOver = (machines: readonly string[]) =>
    untilAnswered(launcher, session, () => launcher.submit({ ...job, avoid: machines }))
  const reference = await handOver(avoid).catch((error) => {
    // There may be no other machine.
    if (avoid.length > 0 && isUserError(error)) return handOver([])
    throw error
  })
  await round.noteSubmission({ reference, at: Date.now(), avoid: [...avoid] })
}

/** As the engine gets it. */
function launched(round: Round, { planned, job, launching }: Submission): Omit<LaunchedJob, 'avoid'> {
  const placement = placementOf(planned.request.target, planned.experiment.placement)
  const preparing = planned.request.target === 'prepare-data'
  return {
    name: jobName(job.id),
    comment: commentOf(job, round),
    command: commandLine(planned.request.workspaceRoot, launching.cluster, ['run-job', round.folder]),
    folder: round.folder,
    log: round.log,
    kind: preparing ? 'cpu' : placement.kind,
    count: placement.count,
    threads: hostThreads(placement),
  }
}

/** The whole identity, by which the engine's jobs are told from those of the same short name. */
export function commentOf({ id }: Pick<JobFolder, 'id'>, { number }: Pick<Round, 'number'>): string {
  return `blacksmith:${id}:${number}`
}

async function isThere(round: Round, { job, launching, session }: Submission): Promise<boolean> {
  const { launcher } = launching
  const jobs = await untilAnswered(launcher, session, () => launcher.look())
  return jobs.some(({ comment }) => comment === commentOf(job, round))
}
