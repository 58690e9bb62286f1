import { setTimeout as pause } from 'node:timers/promises'
import { UserError } from '@blacksmith/config'
import { jobName } from './identity'
import { followEvents } from './job-events'
import type { OutcomeRecord, Round } from './job-files'
import type { Submission } from './submit-job'
import { commentOf } from './submit-job'
import { watchEngine } from './watch-engine'

const pollMs = 400

/**
 * Shows a job's place in the queue and then what it says, to its end.
 *
 * @throws UserError when the following is stopped; the job goes on, but for one of a CI machine
 */
export async function followJob(round: Round, asked: Submission): Promise<OutcomeRecord> {
  const { signal } = asked.session
  const showEvents = eventsOf(round, asked)
  const watch = await watchEngine(round, asked)
  for (;;) {
    // Looked for first: what was said before it is shown before it is acted upon.
    const outcome = round.outcome()
    await showEvents()
    if (outcome) return outcome
    if (signal.aborted) throw await leave(round, asked)
    watch()
    await pause(pollMs, undefined, { signal }).catch(() => undefined)
  }
}

/** Shows what the latest attempt says. */
function eventsOf(round: Round, { planned, session: { display } }: Submission): () => Promise<void> {
  const shownAs = [[round.snapshot, planned.request.workspaceRoot]] as const
  let current: { attempt: number; look: () => Promise<void> } | undefined
  return async () => {
    await current?.look()
    const attempt = round.attempts().at(-1)
    if (attempt === undefined || attempt === current?.attempt) return
    const { machine } = round.attempt(attempt) ?? {}
    // It makes its folder first.
    if (machine === undefined) return
    display.note(`${attempt === 1 ? 'it runs' : `attempt ${attempt} runs`} on ${machine}`)
    current = { attempt, look: followEvents(round.events(attempt), display, shownAs) }
    await current.look()
  }
}

/** Of a person the job goes on: whoever looks away may look again. A build that is stopped has nobody who would. */
async function leave(round: Round, asked: Submission): Promise<UserError> {
  const { launching, job } = asked
  const { launcher } = launching
  const name = jobName(job.id)
  const { reference = '' } = round.submissions().at(-1) ?? {}
  const shown = `${launcher.name} job ${reference} (${name})`
  if (!isCi(process.env)) {
    return new UserError({
      message: `stopped following; ${shown} goes on`,
      remedy: `the same command follows it again, and \`npx blacksmith cancel ${name}\` ends it`,
    })
  }
  await launcher.cancel({ name, comment: commentOf(job, round) })
  await round.end({ kind: 'cancelled', by: 'the end of its build' })
  return new UserError({
    message: `stopped, and ${shown} with it`,
    remedy: 'the same command goes on from its last checkpoint',
  })
}

function isCi({ CI }: NodeJS.ProcessEnv): boolean {
  return CI !== undefined && !['', '0', 'false'].includes(CI)
}
