import { linkSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { setting } from '@blacksmith/config/header'
import { isEvent, type TrainerEvent } from '@blacksmith/protocol'
import { trustedScope } from '@blacksmith/store/remotes'
import type { Job } from '../job'
import { processor } from '../records/processor'
import { checkpointFolder, newestCheckpoint } from './working-state'

/** Sending may take at most this part of the time. */
const share = 0.02
/** How long the end of a run that was stopped may be put off. */
const lastSendMs = 10_000

/** Whether checkpoints of a job are shared with other machines: where that is asked for, and no run anew is. */
export function sharesCheckpoints({ request, shared, session }: Job): boolean {
  return (
    shared !== undefined &&
    request.target === 'train' &&
    !session.fresh &&
    setting('BLACKSMITH_REMOTE_CHECKPOINTS')
  )
}

/**
 * Puts the newest checkpoint that another machine has sent into a training's working folder, where it is further than
 * what is there. Of another kind of processor it is left aside on the CPU, where continued runs have the bytes of
 * unbroken ones.
 */
export async function fetchCheckpoint(job: Job, lineage: string, work: string): Promise<void> {
  const { shared, key, session, experiment } = job
  const fetched = await shared?.fetchCheckpoint({
    key,
    lineage,
    after: (await newestCheckpoint(work)) ?? 0,
    processor: experiment.placement.kind === 'cpu' ? { ...processor() } : undefined,
    placeOf: (step) => checkpointFolder(work, step),
    signal: session.signal,
  })
  if (fetched) session.display.note(`pulled the checkpoint of step ${fetched.step} from ${fetched.from}`)
}

/** Takes away what was fetched for a pull request, where a training is one of what is trusted. */
export async function dropForeignCheckpoints({ shared, session }: Job, lineage: string, work: string) {
  const scope = shared?.ofRequest(lineage)
  if (scope === undefined) return
  session.display.note(`checkpoints that came from ${scope} do not count for what is trusted`)
  await rm(join(work, 'checkpoints'), { recursive: true, force: true })
  await shared?.forgetOfRequest(lineage)
}

/** What sends checkpoints while a training goes on. */
export interface CheckpointSender {
  event(event: TrainerEvent): void
  /** Ends it. A run that did not come to its end has its last checkpoint sent, if that is quick. */
  end(finished: boolean): Promise<void>
}

/**
 * Sends checkpoints as they are written, one at a time and the newest only, so seldom that sending takes 2 % of the time.
 * The training neither waits for it nor fails with it.
 *
 * @param place a folder that is not there, on the disk of the working folder
 * @param enforced what holds the trainer
 */
export function createCheckpointSender(
  job: Job,
  { work, place, enforced }: { work: string; place: string; enforced: string },
): CheckpointSender {
  const { shared, key } = job
  const stop = new AbortController()
  let sending: Promise<void> | undefined
  let newest = 0
  let sent = 0
  let notBefore = 0
  // Without its box a run may have read what no key names.
  let open = !(shared?.remote.scope === trustedScope && enforced.startsWith('nothing'))

  const send = async (step: number) => {
    const began = performance.now()
    const folder = join(place, `${step}`)
    try {
      // The trainer removes old checkpoints, and this one may become old.
      hardLinked(checkpointFolder(work, step), folder)
      open =
        (await shared?.sendCheckpoint(key, { step, folder, processor: { ...processor() } }, stop.signal)) ??
        false
      sent = step
    } finally {
      rmSync(folder, { recursive: true, force: true })
      const now = performance.now()
      notBefore = now + (now - began) / share
      sending = undefined
    }
  }
  const begin = (step: number) => {
    sending = send(step).catch((error: Error) => {
      open = false
      job.session.display.note(`checkpoints are not sent any more: ${error.message}`)
    })
  }
  return {
    event(event) {
      if (!isEvent(event, 'checkpoint')) return
      newest = event.step
      if (open && !sending && performance.now() >= notBefore) begin(newest)
    },
    async end(finished) {
      const last = async () => {
        await sending
        if (open && newest > sent) begin(newest)
        await sending
      }
      if (finished) stop.abort()
      await Promise.race([finished ? sending : last(), delay(lastSendMs, undefined, { ref: false })])
      stop.abort()
      rmSync(place, { recursive: true, force: true })
    },
  }
}

/** A second name for each file of a folder. */
function hardLinked(from: string, to: string): void {
  mkdirSync(to, { recursive: true })
  for (const name of readdirSync(from)) linkSync(join(from, name), join(to, name))
}
