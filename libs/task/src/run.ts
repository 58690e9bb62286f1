import { existsSync } from 'node:fs'
import { cp, mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { canonicalJson, type Json, UserError } from '@blacksmith/config'
import { leaseDevices } from '@blacksmith/devices'
import { lock } from '@blacksmith/native'
import { createLiveRecord, formatFailure } from '@blacksmith/report'
import {
  type Artifact,
  type HeldArtifact,
  type KeyComponents,
  manifestDigest,
  type ProvenanceDraft,
  readArtifact,
  runId,
  type Store,
} from '@blacksmith/store'
import {
  type Environment,
  isEvent,
  requestPath,
  runTrainer,
  type TrainerFailure,
  type TrainerRequest,
} from '@blacksmith/trainer'
import { codeDigests } from './code'
import { lineageOf } from './components'
import { pythonRoot } from './entry'
import type { Experiment } from './experiment'
import { type Inputs, modelFile } from './inputs'
import { storedPrefix } from './prefix'
import type { TaskRequest } from './request'
import { type Revision, revision, uncommittedChanges } from './revision'
import type { Session } from './session'
import { fetchSources } from './sources'
import { type Folders, trainerRequest } from './trainer-request'

/** The records of a run: they lie in its artifact and are listed in its provenance, not in its manifest. */
const recordFiles = ['metrics.jsonl', 'telemetry.jsonl', 'log.txt', 'changes.diff']

/** The folder of a train artifact that a longer run continues from. */
const finalState = 'state'

/** A target that is being worked on, for somebody, in a store. */
export interface Work {
  request: TaskRequest
  experiment: Experiment
  store: Store
  session: Session
}

/** Everything that a run of the trainer needs, decided. */
export interface Job extends Work {
  environment: Environment
  inputs: Inputs
  components: KeyComponents
  key: string
}

/**
 * The second half of the road: sources, device lease, trainer process, sealed artifact. The lease comes last,
 * so that no device is held while anything else is waited for.
 *
 * @throws UserError when the trainer fails; its checkpoints stay in the working folder for the next try
 */
export async function run(job: Job): Promise<Artifact> {
  const { request, experiment, store, key, session } = job
  const lineage = request.target === 'train' ? lineageOf(experiment, job.components) : undefined
  const work = join(store.layout.work, lineage ?? key)
  await mkdir(store.layout.work, { recursive: true })
  const working = await lock(`${work}.lock`, 'exclusive', { signal: session.signal })
  const staging = await store.stage(key)
  const prefix = lineage && !session.fresh ? await storedPrefix(store, lineage, experiment) : undefined
  try {
    if (session.fresh) await rm(work, { recursive: true, force: true })
    const started = new Date()
    // Before the run: whoever edits or commits while it goes on does not change what made it.
    const code = await revision(request.workspaceRoot)
    const changes = await uncommittedChanges(request.workspaceRoot)
    await refuseMoved(job)
    const folders = { staging, work, records: join(work, 'records') }
    await mkdir(folders.records, { recursive: true })
    const { device, resumed } = await supervise(job, folders, prefix && join(prefix.directory, finalState))
    await refuseMoved(job)
    refuseWithoutModel(job, staging)
    await cp(folders.records, staging, { recursive: true })
    if (changes) await writeFile(join(staging, 'changes.diff'), changes)
    const provenance = {
      ...provenanceOf(job, started, device, code),
      ...(lineage ? { lineage } : {}),
      ...(resumed ? { continued_from: continuedFrom(resumed, prefix) } : {}),
    }
    const artifact = await store.seal(key, staging, provenance, recordFiles)
    await rm(work, { recursive: true, force: true })
    return artifact
  } finally {
    prefix?.release()
    await rm(staging, { recursive: true, force: true })
    working.close()
  }
}

/** Where a trainer went on instead of starting. */
interface Resumed {
  step: number
  path: string
}

/**
 * Runs the trainer under a lease.
 *
 * @param state a stored run's final state, which the trainer may continue from
 * @returns the device it ran on, and where it went on from
 */
async function supervise(
  job: Job,
  folders: Folders,
  state: string | undefined,
): Promise<{ device: TrainerRequest['device']; resumed: Resumed | undefined }> {
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
  const live = createLiveRecord(folders.work, {
    project: header.project,
    configuration: request.configuration,
    target: request.target,
    device: `${lease.ids.join(', ')}, ${placement.threads} threads`,
  })
  const hurry = () => lease.hurry()
  session.impatience.on('again', hurry)
  const telemetry = lease.recordTelemetry(join(folders.records, 'telemetry.jsonl'))
  try {
    for (const note of lease.notes) session.display.note(note)
    const asked = { ...trainerRequest(job, lease, sources, folders), resume: state ?? null }
    let resumed: Resumed | undefined
    const outcome = await runTrainer(asked, {
      environment: job.environment,
      pythonPath: [join(request.workspaceRoot, pythonRoot)],
      cwd: join(request.workspaceRoot, header.directory),
      env: lease.environment,
      command: lease.command,
      inheritFds: lease.fds,
      signal: session.signal,
      onEvent: (event) => {
        if (isEvent(event, 'resumed')) {
          resumed = event
          session.display.note(`continuing at step ${event.step}`)
        }
        session.firstStep.event(event)
        session.display.event(event)
        live.event(event)
      },
      onOutput: (line) => session.display.note(line),
    })
    if (outcome.kind === 'failed') throw trainerFailed(job, outcome.failure, folders)
    return { device: asked.device, resumed }
  } finally {
    session.impatience.off('again', hurry)
    telemetry.stop()
    live.end()
    await lease.release()
  }
}

/**
 * The key was made before the waiting for locks and devices. What it stands for must be what the trainer gets
 * and has had, or a result would be stored under the key of another.
 *
 * @throws UserError when the code or an input in dist/ has changed since
 */
async function refuseMoved({ request, experiment, inputs, components, store }: Job): Promise<void> {
  const moved = (what: string) =>
    new UserError({ message: `${what} changed while this run waited or worked`, remedy: 'run it again' })
  const code = await codeDigests(request.workspaceRoot, request.target, experiment.header)
  if (canonicalJson(code) !== canonicalJson(components.code ?? null)) throw moved('its Python code')
  for (const input of [inputs.data, inputs.train]) {
    if (!input) continue
    const present = await readArtifact(input.directory)
    const same = present && manifestDigest(present.manifest) === manifestDigest(input.manifest)
    if (!same || (await store.verify(input.directory, input.manifest)).length > 0)
      throw moved(input.directory)
  }
}

/** evaluate and people look for the weights under one name, so a recipe that writes none has failed. */
function refuseWithoutModel({ request, experiment }: Job, staging: string): void {
  if (request.target !== 'train' || existsSync(join(staging, modelFile))) return
  throw new UserError({
    file: `${experiment.header.directory}/recipe.py`,
    message: `train(ctx) ended well but wrote no ${modelFile}`,
    remedy: `save the weights to ctx.output / "${modelFile}"`,
  })
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

/** For the records: a run that was sealed, or the checkpoint of one that was not. */
function continuedFrom({ step, path }: Resumed, prefix: HeldArtifact | undefined): Json {
  return prefix && path.startsWith(prefix.directory)
    ? { run: prefix.provenance.id, step }
    : { checkpoint: path, step }
}

function provenanceOf(
  job: Job,
  started: Date,
  device: TrainerRequest['device'],
  code: Revision,
): ProvenanceDraft {
  const { request, experiment, environment, key, components } = job
  const finished = new Date()
  return {
    version: 1,
    id: runId(key),
    key,
    components,
    project: experiment.header.project,
    configuration: request.configuration,
    target: request.target,
    overrides: request.flags.set,
    ...code,
    environment: { ...environment },
    device,
    started: started.toISOString(),
    finished: finished.toISOString(),
    seconds: (finished.getTime() - started.getTime()) / 1000,
  }
}
