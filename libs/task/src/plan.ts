import { join } from 'node:path'
import type { UserError } from '@blacksmith/config'
import { producers, readMaterial } from '@blacksmith/identity'
import { type Artifact, readArtifact, Store, storeHome, type Target } from '@blacksmith/store'
import {
  type Environment,
  frameworkEnvironment,
  inspectEnvironment,
  preparationEnvironment,
} from '@blacksmith/trainer'
import { type Answer, known, unknown } from './answer'
import { completed, type Draft, draftComponents, fits, keyOfDraft, lineageOf } from './components'
import { deviceRefusal } from './device-refusal'
import { distDirectory } from './dist'
import { type Experiment, resolveExperiment, runFolder } from './experiment'
import type { Input } from './inputs'
import type { TaskRequest } from './request'
import { newestCheckpoint } from './working-state'

/** What would run, and why: the road up to the store's answer. */
export interface Plan {
  request: TaskRequest
  experiment: Experiment
  /** The Python environment's name, and the environment where it is already made. */
  environmentName: string
  environment: Answer<Environment>
  draft: Draft
  /** Where in dist/ the result will stand. */
  directory: string
  key: Answer<string>
  /** The stored artifact that would be put in place. */
  stored: Artifact | undefined
  /** Of a training that would run: the step of the newest checkpoint of an earlier run that was stopped. */
  checkpoint: number | undefined
  /** The newest earlier run of this target and configuration, to tell what changed since. */
  previous: Artifact | undefined
  /** Why this machine cannot run it, where it has not the devices. */
  refusal?: UserError | undefined
  /** The plans of the targets whose artifacts this one reads. */
  producers: Plan[]
}

/** Makes a plan. It reads, and touches nothing. */
export async function plan(request: TaskRequest): Promise<Plan> {
  const experiment = await resolveExperiment(request)
  const planned = await planTarget(request, experiment)
  return { ...planned, refusal: await deviceRefusal(request, experiment) }
}

/** Plans one target of an experiment that is already resolved. */
export async function planTarget(request: TaskRequest, experiment: Experiment): Promise<Plan> {
  const { workspaceRoot, target } = request
  const store = new Store(storeHome())
  const upstream = await Promise.all(
    producers[target].map((producer) => planTarget({ ...request, target: producer }, experiment)),
  )
  const environmentName = environmentOf(workspaceRoot, target, experiment)
  const environment = answer(
    await inspectEnvironment(environmentName, { workspaceRoot, home: store.home }),
    `the Python environment ${environmentName} has not been made`,
  )
  const material = await readMaterial(workspaceRoot, target, experiment.header, store.layout, { keep: false })
  const draft = await draftComponents(workspaceRoot, target, experiment, {
    material,
    environment,
    data: await outputOf(upstream, 'prepare-data'),
    train: await outputOf(upstream, 'train'),
  })
  const key = keyOfDraft(draft)
  const stored = key.known ? await store.peek(key.value) : undefined
  const identity = {
    project: experiment.header.project,
    target,
    configuration: request.configuration,
  }
  return {
    request,
    experiment,
    environmentName,
    environment,
    draft,
    directory: placeOf(request, experiment),
    key,
    stored,
    checkpoint: stored ? undefined : await checkpointOf(target, experiment, draft, store),
    previous: (await standing(request, experiment)) ?? (await store.latest(identity)),
    producers: upstream,
  }
}

async function checkpointOf(
  target: Target,
  experiment: Experiment,
  draft: Draft,
  { layout }: Store,
): Promise<number | undefined> {
  const components = completed(draft)
  if (target !== 'train' || !components.known) return undefined
  return newestCheckpoint(join(layout.work, lineageOf(experiment, components.value)))
}

/** The environment a target runs in. */
export function environmentOf(
  workspaceRoot: string,
  target: Target,
  { header, placement }: Experiment,
): string {
  if (target === 'prepare-data') return preparationEnvironment(workspaceRoot, header.dataset)
  return frameworkEnvironment(workspaceRoot, header, placement.kind)
}

/** What a planned target's artifact is or will be: what stands in dist/ where it fits, else what is stored. */
async function outputOf(plans: Plan[], target: Target): Promise<Answer<Input>> {
  const producer = plans.find((candidate) => candidate.request.target === target)
  if (!producer) return unknown(`${target} is not read here`)
  return answer(
    (await standingFor(producer)) ?? producer.stored,
    `it depends on ${target}, which has not run`,
  )
}

/** The artifact in dist/, if it is the one that the plan asks for; its bytes have not been looked at. */
export async function standingFor({ request, experiment, draft }: Plan): Promise<Artifact | undefined> {
  const present = await standing(request, experiment)
  return present && fits(draft, present.provenance.components) ? present : undefined
}

/** The artifact that stands in dist/, of whatever key. */
async function standing(request: TaskRequest, experiment: Experiment): Promise<Artifact | undefined> {
  const directory = placeOf(request, experiment)
  const found = await readArtifact(directory)
  return found && { ...found, directory, key: found.provenance.key }
}

function placeOf(request: TaskRequest, experiment: Experiment): string {
  const run = runFolder(request, experiment)
  return distDirectory(request.workspaceRoot, experiment.header.project, run, request.target)
}

function answer<T>(value: T | undefined, because: string): Answer<T> {
  return value === undefined ? unknown(because) : known(value)
}
