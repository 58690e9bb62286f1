import { existsSync } from 'node:fs'
import { cp, mkdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { type Json, UserError } from '@blacksmith/config'
import { ownBytecode, touchedSince } from '@blacksmith/environments'
import { capsuleFiles, entryOf, provideCapsule, stateOfData } from '@blacksmith/identity'
import { lock } from '@blacksmith/native'
import {
  type Artifact,
  type HeldArtifact,
  manifestDigest,
  type ProvenanceDraft,
  readArtifact,
  runId,
} from '@blacksmith/store'
import { ensureFolder, ensureHome } from '@blacksmith/store/folders'
import type { Job } from '../job'
import { lineageOf } from '../key/components'
import { modelFile } from '../key/inputs'
import { processor } from '../records/processor'
import { type Revision, revision } from '../records/revision'
import { traceFile } from '../records/trace'
import { uncommittedChanges } from '../records/uncommitted-changes'
import type { TaskRequest, WorkingTree } from '../request'
import { giveWay } from '../slot/slot'
import { storedPrefix } from './prefix'
import { dropForeignCheckpoints, fetchCheckpoint, sharesCheckpoints } from './remote-checkpoints'
import { type Resumed, supervise } from './supervise'
import { clearWork, finalState, keepCheckpoints } from './working-state'

/** The records of a run: they lie in its artifact and are listed in its provenance, not in its manifest. */
const recordFiles = [
  'metrics.jsonl',
  'performance.json',
  traceFile,
  'telemetry.jsonl',
  'log.txt',
  'changes.diff',
]

/**
 * The second half of the road: sources, device lease, trainer process, sealed artifact. The lease comes last,
 * so that no device is held while anything else is waited for.
 *
 * @throws UserError when the trainer fails; its checkpoints stay in the working folder for the next try
 */
export async function run(job: Job): Promise<Artifact> {
  const { store, session } = job
  const lineage = job.request.target === 'train' ? lineageOf(job.experiment, job.components) : undefined
  // What another run of the lineage has done is not a fresh run's to take away.
  const work = join(store.layout.work, `${lineage ?? job.key}${session.fresh ? '-fresh' : ''}`)
  await ensureFolder(store.layout.work, await ensureHome(store.home))
  const working = await lock(`${work}.lock`, 'exclusive', {
    signal: session.signal,
    onWait: () => {
      session.display.passing('a longer or shorter run of the same training is going on; waiting')
      giveWay(job)
    },
  })
  try {
    const staging = await store.stage(job.key)
    try {
      return await runIn(staging, work, lineage, job)
    } finally {
      // What cannot be removed waits for gc: the run's own error is worth more than this one.
      await rm(staging, { recursive: true, force: true }).catch(() => {})
    }
  } finally {
    working.close()
  }
}

/** A run in folders that nobody else uses. */
async function runIn(
  staging: string,
  work: string,
  lineage: string | undefined,
  job: Job,
): Promise<Artifact> {
  const { request, store, shared, key, session } = job
  // Before the run: whoever edits or commits while it goes on does not change what made it.
  const tree = workingTree(request)
  const prefix = lineage && !session.fresh ? await storedPrefix(job, lineage) : undefined
  try {
    if (session.fresh) await rm(work, { recursive: true, force: true })
    const started = new Date()
    await refuseMoved(job)
    if (lineage) await keepCheckpoints(work)
    if (lineage) await dropForeignCheckpoints(job, lineage, work)
    if (lineage && sharesCheckpoints(job)) await fetchCheckpoint(job, lineage, work)
    const records = join(work, 'records')
    await mkdir(records, { recursive: true })
    const { code, changes } = await tree
    const state = prefix && join(prefix.directory, finalState)
    const bytecode = await bytecodeFor(job)
    const { device, resumed, box } = await inCapsule(job, (capsule) =>
      supervise(job, { staging, work, records, capsule, bytecode }, state),
    )
    await refuseMoved(job)
    await refuseTouched(job)
    refuseWithoutModel(job, staging)
    await cp(records, staging, { recursive: true })
    if (changes) await writeFile(join(staging, 'changes.diff'), changes)
    const provenance = {
      ...provenanceOf(job, started, device, code),
      box,
      ...(lineage ? { lineage } : {}),
      ...(resumed ? { continued_from: continuedFrom(resumed, prefix) } : {}),
    }
    if (lineage && resumed) await shared?.inherit(key, [lineage, ...(prefix ? [prefix.key] : [])])
    const artifact = await store.seal(key, staging, provenance, recordFiles)
    await clearWork(work, artifact.directory)
    return artifact
  } finally {
    prefix?.release()
  }
}

function bytecodeFor({ environment, store, session }: Job): Promise<string | undefined> {
  const onLine = (line: string) => session.display.passing(line)
  return ownBytecode(environment, { home: store.home, signal: session.signal, onLine })
}

/** The trainer reads a copy of the workspace's files, so that nothing that is edited meanwhile reaches it. */
async function inCapsule<T>(job: Job, work: (tree: string) => Promise<T>): Promise<T> {
  const { request, experiment, store, material } = job
  const { source } = entryOf(request.workspaceRoot, request.target, experiment.header)
  const capsule = await provideCapsule(store.layout, capsuleFiles(material), dirname(source))
  try {
    return await work(capsule.tree)
  } finally {
    capsule.release()
  }
}

/** What the code is, and how it differs from its commit. Never rejects: a run does not end for want of a record. */
async function workingTree({ workspaceRoot, tree }: TaskRequest): Promise<WorkingTree> {
  if (tree) return tree
  const code = await revision(workspaceRoot)
  return { code, changes: code.dirty ? await uncommittedChanges(workspaceRoot) : '' }
}

/**
 * The key was made before the waiting for locks and devices. What it stands for must be what the trainer gets
 * and has had, or a result would be stored under the key of another.
 *
 * @throws UserError when a person's own data or an input in dist/ has changed since
 */
async function refuseMoved({ inputs, own, store }: Job): Promise<void> {
  if (own && (await stateOfData(own.path)) !== own.state) throw moved(own.path)
  for (const input of [inputs.data, inputs.train]) {
    if (!input) continue
    const present = await readArtifact(input.directory)
    const same = present && manifestDigest(present.manifest) === manifestDigest(input.manifest)
    if (!same || (await store.verify(input.directory, input.manifest)).length > 0)
      throw moved(input.directory)
  }
}

/** Of the environment it is known when it was looked at: before the trainer started. */
async function refuseTouched({ environment, slot }: Job): Promise<void> {
  const touched = await touchedSince(environment)
  // What the next training would be forked from may have imported it.
  if (touched) await slot?.close()
  if (touched) throw moved(`the Python environment ${environment.name} (${touched})`)
}

function moved(what: string): UserError {
  return new UserError({ message: `${what} changed while this run waited or worked`, remedy: 'run it again' })
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

/** For the records: a run that was sealed, or the checkpoint of one that was not. */
function continuedFrom({ step, path }: Resumed, prefix: HeldArtifact | undefined): Json {
  return prefix && path.startsWith(prefix.directory)
    ? { run: prefix.provenance.id, step }
    : { checkpoint: path, step }
}

function provenanceOf(job: Job, started: Date, device: Json, code: Revision): ProvenanceDraft {
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
    processor: { ...processor() },
    started: started.toISOString(),
    finished: finished.toISOString(),
    seconds: (finished.getTime() - started.getTime()) / 1000,
  }
}
