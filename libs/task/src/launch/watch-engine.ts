import { readFileSync } from 'node:fs'
import { ensureJobs, type JobState, type Launcher, Unanswered } from '@blacksmith/launch'
import { notAnswering } from './engine'
import { jobName } from './identity'
import type { Round } from './job-files'
import { sharedLook } from './shared-look'
import { commentOf, type Submission, submitAgain } from './submit-job'

/** A job that is gone without a word is handed over so many times more. */
const mostLosses = 2

/**
 * Watches what the engine says of a job: its place in the queue, and that it is gone. Only our own records say what has
 * come of it; where there are none it is handed over again.
 *
 * @returns looks, without anybody waiting for the engine's answer; throws what came of the last question
 */
export async function watchEngine(round: Round, asked: Submission): Promise<() => void> {
  const { planned, launching, job, session } = asked
  const { launcher } = launching
  const jobs = await ensureJobs(launching.cluster, planned.store.home)
  const comment = commentOf(job, round)
  let firstGone: number | undefined
  let said: string | undefined
  const say = (words: string | undefined) => {
    if (words !== undefined && words !== said) session.display.passing(words)
    said = words ?? said
  }
  const ask = async () => {
    const look = await sharedLook(jobs, launcher)
    const { at = 0 } = round.submissions().at(-1) ?? {}
    if (!look || look.at <= at) return
    const state = look.jobs.find((each) => each.comment === comment)
    if (state) {
      firstGone = undefined
      say(wordsFor(state, launcher))
      return
    }
    firstGone ??= look.at
    // Not at once: shared disks show late what was written.
    if (look.at - firstGone < launcher.lookEvery * 500) return
    firstGone = undefined
    await lost(round, asked)
  }
  let asking = false
  let failure: { error: unknown } | undefined
  const askOnce = async () => {
    asking = true
    try {
      await ask()
    } catch (error) {
      if (error instanceof Unanswered) say(notAnswering(launcher, error))
      else if (!session.signal.aborted) failure = { error }
    } finally {
      asking = false
    }
  }
  return () => {
    if (failure) throw failure.error
    if (!asking) void askOnce()
  }
}

function wordsFor({ phase, reference, place, reason }: JobState, { name }: Launcher): string | undefined {
  if (phase === 'running') return undefined
  return [
    `${name} job ${reference} waits`,
    ...(place === undefined ? [] : [` at place ${place} of its queue`]),
    ...(reason ? [` (${reason})`] : []),
  ].join('')
}

/** What to do about a job that the engine has no more, and that has said nothing of an end. */
async function lost(round: Round, asked: Submission): Promise<void> {
  const { job, launching, session } = asked
  const { launcher } = launching
  const submissions = round.submissions()
  const { reference = '', avoid = [] } = submissions.at(-1) ?? {}
  const end = await launcher.endOf(jobName(job.id), commentOf(job, round), reference)
  if (round.outcome()) return
  const machine = end?.machine ?? ''
  if (end?.how === 'cancelled') {
    await round.end({ kind: 'cancelled', by: `${launcher.name} (${end.words})` })
  } else if (end?.how === 'out-of-memory') {
    const remedy =
      'ask for more in cluster.yaml, by --mem=… under the arguments of its kind, or lower the batch size'
    await round.end({
      kind: 'failed',
      machine,
      problems: [{ message: 'it took more memory than it was given', remedy }],
    })
  } else if (submissions.length > mostLosses) {
    const message = `${launcher.name} has lost it ${submissions.length} times${end ? ` (${end.words})` : ''}${lastLines(round.log)}`
    await round.end({ kind: 'failed', machine, problems: [{ message, remedy: `see ${round.log}` }] })
  } else {
    session.display.note(
      `${launcher.name} job ${reference} is gone without a result${end ? ` (${end.words})` : ''}; it is submitted again`,
    )
    const machines = machine === '' || avoid.includes(machine) ? avoid : [...avoid, machine]
    await submitAgain(round, asked, { seen: submissions.length, avoid: machines })
  }
}

/** What was printed before anything else could be said: that a program is missing, say. */
function lastLines(log: string): string {
  try {
    const lines = readFileSync(log, 'utf8').trim().split('\n').slice(-5)
    return lines.map((line) => `\n  ${line}`).join('')
  } catch {
    return ''
  }
}
