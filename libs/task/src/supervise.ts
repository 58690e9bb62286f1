import { join, resolve } from 'node:path'
import { UserError } from '@blacksmith/config'
import { type Lease, leaseDevices } from '@blacksmith/devices'
import {
  createLiveRecord,
  followOnTensorBoard,
  followTelemetry,
  formatFailure,
  formatThreads,
} from '@blacksmith/report'
import { runId } from '@blacksmith/store'
import {
  isEvent,
  requestPath,
  runTrainer,
  type TrainerFailure,
  type TrainerRequest,
} from '@blacksmith/trainer'
import { pythonRoot } from './entry'
import type { Job } from './job'
import { reportPage } from './report-page'
import { fetchSources } from './sources'
import { type Folders, trainerRequest } from './trainer-request'

/** Where a trainer went on instead of starting. */
export interface Resumed {
  step: number
  path: string
}

/** A run's device, and where the trainer went on from. */
export interface Supervised {
  device: TrainerRequest['device']
  resumed: Resumed | undefined
}

/**
 * Runs the trainer under a lease of the devices that the placement asks for. Sources are downloaded before it.
 *
 * @param state a stored run's final state, which the trainer may continue from
 * @throws UserError when the trainer fails
 */
export async function supervise(job: Job, folders: Folders, state: string | undefined): Promise<Supervised> {
  const { request, experiment, store, session } = job
  const { placement, header } = experiment
  const preparing = request.target === 'prepare-data'
  const sources = preparing ? await fetchSources(request.workspaceRoot, experiment, store.home, session) : {}
  const lease = await leaseDevices(preparing ? { ...placement, kind: 'cpu', count: 1 } : placement, {
    project: header.project,
    target: request.target,
    signal: session.signal,
    onWait: (line) => session.display.note(line),
  })
  try {
    for (const note of lease.notes) session.display.note(note)
    const asked = { ...trainerRequest(job, lease, sources, folders), resume: state ?? null }
    const resumed = await runUnder(lease, asked, job, folders)
    return { device: asked.device, resumed }
  } finally {
    await lease.release()
  }
}

/** Runs the trainer, tells what it says to whoever listens, and samples the devices meanwhile. */
async function runUnder(
  lease: Lease,
  asked: TrainerRequest,
  job: Job,
  folders: Folders,
): Promise<Resumed | undefined> {
  const { request, experiment, session } = job
  const { placement, header } = experiment
  const live = createLiveRecord(folders.work, {
    project: header.project,
    configuration: request.configuration,
    target: request.target,
    device: `${lease.ids.join(', ')}, ${formatThreads(placement.threads)}`,
  })
  const board = tensorBoardOf(job, folders)
  const samples = join(folders.records, 'telemetry.jsonl')
  const telemetry = lease.recordTelemetry(samples)
  const shown = followTelemetry(samples, (event) => {
    session.display.event(event)
    live.event(event)
  })
  const hurry = () => lease.hurry()
  session.impatience.on('again', hurry)
  let resumed: Resumed | undefined
  try {
    const outcome = await runTrainer(asked, {
      environment: job.environment,
      pythonPath: [join(request.workspaceRoot, pythonRoot)],
      cwd: join(request.workspaceRoot, header.directory),
      env: lease.environment,
      command: lease.command,
      inheritFds: lease.fds,
      signal: session.signal,
      onEvent: (event) => {
        if (isEvent(event, 'started') && request.target !== 'prepare-data') reportPage()
        if (isEvent(event, 'resumed')) {
          resumed = event
          session.display.note(`continuing at step ${event.step}`)
        }
        session.firstStep.event(event)
        session.display.event(event)
        live.event(event)
        board?.event(event)
      },
      onOutput: (line) => session.display.note(line),
    })
    if (outcome.kind === 'failed') throw trainerFailed(job, outcome.failure, folders)
    return resumed
  } finally {
    session.impatience.off('again', hurry)
    shown.end()
    telemetry.stop()
    live.end()
    await board?.end()
  }
}

/** Event files as the run goes on, where the person's environment asks for them: in no key, and no option of Nx's. */
function tensorBoardOf({ request, experiment, key, session }: Job, { records }: Folders) {
  const { BLACKSMITH_TENSORBOARD: folder } = process.env
  if (!folder || request.target !== 'train') return undefined
  const run = {
    project: experiment.header.project,
    configuration: request.configuration,
    id: runId(key),
    metrics: join(records, 'metrics.jsonl'),
  }
  return followOnTensorBoard(run, resolve(request.workspaceRoot, folder), (line) =>
    session.display.note(line),
  )
}

function trainerFailed(job: Job, failure: TrainerFailure, { work }: Folders): UserError {
  const label = `${job.experiment.header.project}:${job.request.target}`
  const byHand = `PYTHONPATH=${join(job.request.workspaceRoot, pythonRoot)} ${job.environment.python} -m blacksmith.training ${requestPath(work)}`
  return new UserError({
    message: formatFailure({ label, ...failure }),
    // A stop was asked for, and bad input is mended where the message says: nobody needs a debugger for those.
    ...(failure.traceback
      ? { remedy: `to run it by hand, under a debugger for instance:\n  ${byHand}` }
      : {}),
  })
}
