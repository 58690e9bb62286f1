import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type Json, type Placement, placementOf, UserError } from '@blacksmith/config'
import { setting, workspaceLayout } from '@blacksmith/config/header'
import { type Lease, type LeaseOptions, leaseDevices } from '@blacksmith/devices'
import { entryOf } from '@blacksmith/identity'
import { isEvent, type TrainerRequest } from '@blacksmith/protocol'
import { followOnTensorBoard } from '@blacksmith/report'
import { type Provenance, runId } from '@blacksmith/store'
import { createLiveRecord, followTelemetry, formatFailure } from '@blacksmith/terminal'
import { formatThreads } from '@blacksmith/text'
import {
  requestPath,
  runTrainer,
  type TrainerFailure,
  type TrainerOptions,
  trainerVariables,
} from '@blacksmith/trainer'
import { type Enclosure, enclose } from '../box/enclose'
import { layOut } from '../box/given'
import { type Folders, trainerRequest } from '../box/trainer-request'
import type { Job } from '../job'
import { fetchSources } from '../key/sources'
import { reportPage } from '../output/report-page'
import { createCheckpointSender, sharesCheckpoints } from './remote-checkpoints'

/** Where a trainer went on instead of starting. */
export interface Resumed {
  step: number
  path: string
}

/** A run's device, what it could reach, and where the trainer went on from. */
export interface Supervised {
  device: Json
  box: NonNullable<Provenance['box']>
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
  const { header } = experiment
  const placement = placementOf(request.target, experiment.placement)
  const preparing = request.target === 'prepare-data'
  const sources = preparing ? await fetchSources(request.workspaceRoot, experiment, store.home, session) : {}
  const lease = await leaseOf(job, preparing ? { ...placement, kind: 'cpu' } : placement, {
    project: header.project,
    target: request.target,
    signal: session.signal,
    onWait: (line) => session.display.passing(line),
  })
  let enclosure: Enclosure | undefined
  try {
    for (const note of lease.notes) session.display.note(note)
    const given = await layOut(job, folders.work)
    enclosure = await enclose(job, folders, Object.values(sources), state)
    const asked = {
      ...trainerRequest(job, lease, sources, given, folders),
      resume: state ?? null,
      box: enclosure.box,
    }
    const { resumed, leftOut } = await runUnder(lease, enclosure, asked, given.shownAs, job, folders)
    const { enforced, network } = enclosure
    const { processes = 1, ...device } = asked.device
    return {
      device: processes > 1 ? { ...device, processes } : device,
      resumed,
      box: { enforced, network, left_out: leftOut },
    }
  } finally {
    enclosure?.remove()
    if (!job.slot) await lease.release()
  }
}

function leaseOf({ slot }: Job, placement: Placement, o: LeaseOptions): Promise<Lease> {
  return slot ? slot.lease(placement, o) : leaseDevices(placement, o)
}

/** Runs the trainer, passes its events to whoever listens, and samples the devices meanwhile. */
async function runUnder(
  lease: Lease,
  enclosure: Enclosure,
  asked: TrainerRequest,
  names: [name: string, known: string][],
  job: Job,
  folders: Folders,
): Promise<{ resumed: Resumed | undefined; leftOut: string[] }> {
  const { request, experiment, session } = job
  const declared = request.target === 'prepare-data' ? [] : experiment.header.variables
  const { variables, leftOut } = trainerVariables(process.env, declared)
  if (leftOut.length > 0) session.display.passing(leftOutNote(leftOut, experiment.header.directory))
  const { placement, header } = experiment
  const live = createLiveRecord(folders.work, {
    project: header.project,
    configuration: request.configuration,
    target: request.target,
    overrides: request.flags.set,
    device: `${lease.ids.join(', ')}, ${formatThreads(placement.threads)}`,
  })
  const board = tensorBoardOf(job, folders)
  const samples = join(folders.records, 'telemetry.jsonl')
  const telemetry = lease.recordTelemetry(samples)
  const shown = followTelemetry(samples, (event) => {
    session.display.event(event)
    live.event(event)
  })
  const place = `${folders.staging}-checkpoints`
  const { enforced } = enclosure
  const sender = sharesCheckpoints(job)
    ? createCheckpointSender(job, { work: folders.work, place, enforced })
    : undefined
  let finished = false
  const forceStop = () => lease.forceStop()
  session.furtherInterrupts.on('interrupt', forceStop)
  let resumed: Resumed | undefined
  try {
    const start = {
      environment: job.environment,
      pythonPath: pythonPath(request.workspaceRoot, folders.capsule),
      cwd: workingFolder(job, folders.capsule),
      env: { ...variables, ...enclosure.variables, ...lease.environment },
      inheritFds: lease.fds,
    }
    const warm = await job.slot?.warm({ ...start, command: lease.command() })
    const options: TrainerOptions = {
      ...start,
      command: lease.command(enclosure.rules === undefined ? {} : { box: enclosure.rules }),
      shownAs: [...names, [folders.capsule, request.workspaceRoot]],
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
        sender?.event(event)
      },
      onOutput: (line) => session.display.note(line),
    }
    const outcome = await runTrainer(asked, options, warm)
    if (outcome.kind === 'failed') {
      // What a trainer has left that was killed is looked at before the devices are used again.
      if (outcome.failure.exit.signal) await job.slot?.close()
      // Of a trainer that died without a word this is the only one.
      live.event({ event: 'failed', ...outcome.failure })
      throw trainerFailed(job, outcome.failure, folders)
    }
    finished = true
    return { resumed, leftOut }
  } finally {
    session.furtherInterrupts.off('interrupt', forceStop)
    shown.end()
    telemetry.stop()
    live.end()
    await board?.end()
    await sender?.end(finished)
  }
}

/** The recipe's folder, or that of a preparation's module, which is the same for all who share its result. */
function workingFolder({ request, experiment }: Job, capsule: string): string {
  const { source } = entryOf(request.workspaceRoot, request.target, experiment.header)
  return join(capsule, dirname(source))
}

/**
 * The folders that Python searches after the recipe's, in a copy of the workspace or in itself. A copy has none of those
 * of which nothing is imported, and to look for one there would be a read that no key names.
 */
function pythonPath(workspaceRoot: string, tree: string): string[] {
  const { pythonRoots } = workspaceLayout(workspaceRoot)
  return pythonRoots.map((root) => join(tree, root)).filter((folder) => existsSync(folder))
}

function leftOutNote(names: string[], directory: string): string {
  return (
    `left out of the trainer's environment, since no key holds them: ${names.join(', ')}; ` +
    `what is to shape the result is named under variables: in ${directory}/experiment.yaml`
  )
}

/** Event files as the run goes on, where the person's environment asks for them: in no key, and no option of Nx's. */
function tensorBoardOf({ request, experiment, key, session }: Job, { records }: Folders) {
  const folder = setting('BLACKSMITH_TENSORBOARD', process.env, request.workspaceRoot)
  if (!folder || request.target !== 'train') return undefined
  const run = {
    project: experiment.header.project,
    configuration: request.configuration,
    id: runId(key),
    metrics: join(records, 'metrics.jsonl'),
  }
  return followOnTensorBoard(run, folder, (line) => session.display.note(line))
}

function trainerFailed(job: Job, failure: TrainerFailure, { work }: Folders): UserError {
  const { workspaceRoot, target } = job.request
  const label = `${job.experiment.header.project}:${target}`
  const byHand = `PYTHONPATH=${pythonPath(workspaceRoot, workspaceRoot).join(':')} ${job.environment.python} -P -m blacksmith.training ${requestPath(work)}`
  return new UserError(
    {
      message: formatFailure({ label, ...failure }),
      // A stop was asked for, and bad input is mended where the message says: nobody needs a debugger for those.
      ...(failure.traceback
        ? { remedy: `to run it by hand, under a debugger for instance:\n  ${byHand}` }
        : {}),
    },
    { cause: failure },
  )
}
