import { canonicalJson, namedRemote } from '@blacksmith/config/header'
import { type Environment, inspectEnvironment } from '@blacksmith/environments'
import { frameworkEnvironment, preparationEnvironment } from '@blacksmith/environments/environment-name'
import { type Material, producers, readMaterial, readSettings, type Settings } from '@blacksmith/identity'
import { type Launching, launchingFrom, remoteOfJobs } from '@blacksmith/launch'
import { type Artifact, readArtifact, Store, storeHome, type Target } from '@blacksmith/store'
import { type FoundRecord, SharedStore } from '@blacksmith/store/remotes'
import { type Experiment, resolveExperiment, runFolder } from './experiment/experiment'
import { type Draft, draftComponents, fits, keyOfDraft } from './key/components'
import type { Input } from './key/inputs'
import { known, type MaybeKnown, unknown } from './key/maybe-known'
import { distDirectory } from './output/dist'
import type { TaskRequest } from './request'

/** What would run: the road up to the store's answer. */
export interface Plan {
  request: TaskRequest
  store: Store
  /** The store with the remote by which it shares with other machines, if there is one. */
  shared: SharedStore | undefined
  /** What makes it elsewhere, where it is not to be made here. */
  launching: Launching | undefined
  /** The experiment's files, as they were before it was resolved from them. */
  settings: Settings
  experiment: Experiment
  /** What of the workspace the target's process would read. */
  material: Material
  /** The Python environment's name, and the environment where it is already made. */
  environmentName: string
  environment: MaybeKnown<Environment>
  draft: Draft
  key: MaybeKnown<string>
  /** The stored artifact that would be put in place. */
  stored: Artifact | undefined
  /** What would be fetched from the remote, where that was asked for, and the store has none. */
  remote: FoundRecord | undefined
  /** Where in dist/ the result will stand. */
  directory: string
  /** The plans of the targets whose artifacts this one reads. */
  producers: Plan[]
}

/** How a plan is made. */
export interface Planning {
  /** Where to look, if it is not the person's own store. */
  store?: Store
  /** Whether it is to be executed: large inputs are copied into the store in the pass that reads them. */
  keep?: boolean
  /** Whether the remote is looked into too. Whoever executes a plan looks there by themselves. */
  askRemote?: boolean
}

/** Makes a plan. It reads, and but for what `keep` asks for touches nothing. */
export async function plan(request: TaskRequest, o: Planning = {}): Promise<Plan> {
  const settings = readSettings(request.workspaceRoot, request.directory)
  const experiment = await resolveExperiment(request)
  const store = o.store ?? new Store(storeHome())
  const launching = launchingFrom(request.workspaceRoot)
  const remote =
    namedRemote(request.workspaceRoot) ?? (launching && (await remoteOfJobs(launching, store.home)))
  const shared = SharedStore.of(store, remote)
  return planFrom({ request, settings, experiment, store, shared, launching }, o)
}

/**
 * Plans a target once more, from the files that the experiment was resolved from, to execute it: what was planned along
 * with the target that reads it was only looked at, and what it reads itself may have been made meanwhile.
 */
export function planAgain({ request, settings, experiment, store, shared, launching }: Plan): Promise<Plan> {
  return planFrom({ request, settings, experiment, store, shared, launching }, { keep: true })
}

/**
 * Plans the same target with other parameters, for an execution: of the same code, inputs, variables and environment as
 * the first plan, whatever has been edited since.
 *
 * @param base a plan that was made to be executed
 */
export async function planLike(base: Plan, set: readonly string[]): Promise<Plan> {
  const request = { ...base.request, draft: undefined, flags: { ...base.request.flags, set: [...set] } }
  const experiment = await resolveExperiment(request)
  return planFrom({ ...base, request, experiment, like: base }, { keep: true })
}

/** What all plans of an experiment start from. */
type Start = Pick<Plan, 'request' | 'settings' | 'experiment' | 'store' | 'shared' | 'launching'> & {
  /** Another plan of the same target, whose material and environment count. */
  like?: Plan
}

function planFrom(start: Start, { keep = false, askRemote = false }: Planning): Promise<Plan> {
  const known = new Map<Target, Promise<Plan>>()
  const { like, ...others } = start
  const planOf = (target: Target): Promise<Plan> => {
    const request = { ...start.request, target, draft: undefined }
    const planned =
      known.get(target) ??
      preparationOf(like, start.experiment, target) ??
      planTarget({ ...others, request }, { keep: false, askRemote }, planOf)
    known.set(target, planned)
    return planned
  }
  return planTarget(start, { keep, askRemote }, planOf)
}

/** The plan of another plan's data, where these are of the same parameters. */
function preparationOf(
  like: Plan | undefined,
  { config }: Experiment,
  target: Target,
): Promise<Plan> | undefined {
  const dataset = (of: Experiment['config']) => canonicalJson(of.values.dataset)
  if (like === undefined || target !== 'prepare-data' || dataset(config) !== dataset(like.experiment.config))
    return undefined
  const found = like.producers.find(({ request }) => request.target === target)
  return found && Promise.resolve(found)
}

async function planTarget(
  { request, settings, experiment, store, shared, launching, like }: Start,
  { keep, askRemote }: { keep: boolean; askRemote: boolean },
  planOf: (target: Target) => Promise<Plan>,
): Promise<Plan> {
  const { workspaceRoot, target } = request
  const upstream = await Promise.all(producers[target].map(planOf))
  // Before the environment, whose requirements come with our Python: what is missing is reported by its cause.
  const material =
    like?.material ?? (await readMaterial(workspaceRoot, target, experiment.header, store.layout, { keep }))
  const environmentName = environmentOf(workspaceRoot, target, experiment)
  const environment =
    like?.environment ??
    knownOr(
      await inspectEnvironment(environmentName, { workspaceRoot, home: store.home }),
      `the Python environment ${environmentName} has not been made`,
    )
  const draft = await draftComponents(workspaceRoot, target, experiment, {
    material,
    environment,
    data: await outputOf(upstream, 'prepare-data'),
    train: await outputOf(upstream, 'train'),
  })
  const key = keyOfDraft(draft)
  const ours = key.known && shared?.ofRequest(key.value) === undefined
  const stored = ours ? await store.peek(key.value) : undefined
  return {
    request,
    store,
    shared,
    launching,
    settings,
    experiment,
    material,
    environmentName,
    environment,
    draft,
    key,
    stored,
    remote: askRemote && key.known && !stored ? await shared?.find(key.value) : undefined,
    directory: outputFolder(request, experiment),
    producers: upstream,
  }
}

/** The environment a target runs in. */
function environmentOf(workspaceRoot: string, target: Target, { header, placement }: Experiment): string {
  if (target === 'prepare-data') return preparationEnvironment(workspaceRoot, header.dataset)
  return frameworkEnvironment(workspaceRoot, header, placement.kind)
}

/** What a planned target's artifact is or will be: what stands in dist/ where it fits, else what is stored. */
async function outputOf(plans: Plan[], target: Target): Promise<MaybeKnown<Input>> {
  const producer = plans.find((candidate) => candidate.request.target === target)
  if (!producer) return unknown(`${target} is not read here`)
  const { stored, remote, directory } = producer
  return knownOr(
    (await standingFor(producer)) ?? stored ?? (remote && { manifest: remote.manifest, directory }),
    `it depends on ${target}, which has not run`,
  )
}

/** The artifact in dist/, if it is the one that the plan asks for; its bytes have not been looked at. */
export async function standingFor(planned: Plan): Promise<Artifact | undefined> {
  const present = await standing(planned)
  if (!present || planned.shared?.ofRequest(present.key) !== undefined) return undefined
  return fits(planned.draft, present.provenance.components) ? present : undefined
}

/** The artifact that stands in dist/, of whatever key. */
export async function standing({ directory }: Plan): Promise<Artifact | undefined> {
  const found = await readArtifact(directory)
  return found && { ...found, directory, key: found.provenance.key }
}

function outputFolder(request: TaskRequest, experiment: Experiment): string {
  const run = runFolder(request, experiment)
  return distDirectory(request.workspaceRoot, experiment.header.project, run, request.target)
}

function knownOr<T>(value: T | undefined, because: string): MaybeKnown<T> {
  return value === undefined ? unknown(because) : known(value)
}
