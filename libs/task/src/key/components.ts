import {
  canonicalJson,
  type Json,
  placementOf,
  type ResolvedConfig,
  type Role,
  readVersion,
  select,
} from '@blacksmith/config'
import type { Environment } from '@blacksmith/environments'
import { inputDigests, isBoxed, type Material, ownIn, sectionsOf } from '@blacksmith/identity'
import { type KeyComponents, keyOf, type Target } from '@blacksmith/store'
import type { Experiment } from '../experiment/experiment'
import { dataDigest, type Input, modelDigest } from './inputs'
import { known, type MaybeKnown, unknown } from './maybe-known'
import { ownDigests } from './own-data'
import { sourceDigests } from './sources'

/** The components of a key by name, each of which may not be known before other work is done. */
export type Draft = Record<string, MaybeKnown<Json>>

/** What a key is made from besides the experiment's parameters. */
export interface Surroundings {
  /** Code, declared inputs and variables. */
  material: Material
  environment: MaybeKnown<Environment>
  /** The prepared data; train and evaluate read it. */
  data: MaybeKnown<Input>
  /** The trained model; evaluate reads it. */
  train: MaybeKnown<Input>
}

/** Roles of parameters that are in no key: where data lie does not say what they are. */
const shapesNothing: Role[] = ['reporting', 'acceptance', 'location']

const ownPaths = Object.values(ownIn).map((section) => `${section}.path`)

/** Only of own data and weights is there a digest in the key: any other place that a parameter names counts by its name. */
function keyed(config: ResolvedConfig): ResolvedConfig {
  const roles = Object.entries(config.roles).map(([path, role]): [string, Role] =>
    role === 'location' && !ownPaths.includes(path) ? [path, 'result'] : [path, role],
  )
  return { ...config, roles: Object.fromEntries(roles) }
}

/**
 * Everything the result of a target depends on, and nothing else: equal components give an equal key, and a
 * difference between two keys is explained by the components that differ.
 */
export async function draftComponents(
  workspaceRoot: string,
  target: Target,
  experiment: Experiment,
  around: Surroundings,
): Promise<Draft> {
  const { header, config, placement } = experiment
  const common: Draft = {
    version: known(readVersion()),
    target: known(target),
    parameters: known(select(keyed(config), sectionsOf[target], shapesNothing)),
    code: known(around.material.code.digests),
    inputs: known(inputDigests(around.material)),
    network: known(header.network ? 'open' : 'closed'),
    // What an open box let through is in no key: its results are for those alone who leave it open.
    box: known(isBoxed() ? 'closed' : 'open'),
    environment: map(around.environment, ({ pythonVersion, packages, content }) => ({
      python: pythonVersion,
      packages,
      ...(content === undefined ? {} : { content }),
    })),
  }
  const execution: Draft = {
    placement: known({ ...placementOf(target, placement) }),
    variables: known(around.material.variables),
  }
  const data: Draft = { data: map(around.data, dataDigest) }
  const own = await ownDigests(workspaceRoot, target, experiment)
  const weights: Draft = own === undefined ? {} : { weights: known(own) }
  switch (target) {
    case 'prepare-data':
      return { ...common, sources: await sourceDigests(workspaceRoot, experiment, own) }
    case 'train':
      return { ...common, ...execution, ...data, ...weights }
    case 'evaluate':
      return { ...common, ...execution, ...data, ...weights, model: map(around.train, modelDigest) }
  }
}

/** The components, once all of them are known. */
export function completed(draft: Draft): MaybeKnown<KeyComponents> {
  const components: Record<string, Json> = {}
  for (const [name, fact] of Object.entries(draft)) {
    if (!fact.known) return fact
    components[name] = fact.value
  }
  return known(components as KeyComponents)
}

/** The key that stands for a draft's result. */
export function keyOfDraft(draft: Draft): MaybeKnown<string> {
  return map(completed(draft), keyOf)
}

/**
 * The key of everything a training's path depends on except for how long it goes on: runs of one lineage are
 * prefixes of each other.
 */
export function lineageOf(experiment: Experiment, components: KeyComponents): string {
  const parameters = select(keyed(experiment.config), sectionsOf.train, [...shapesNothing, 'horizon'])
  return keyOf({ ...components, parameters })
}

/** Whether an artifact made from `components` is what a draft asks for, as far as the draft is known. */
export function fits(draft: Draft, components: KeyComponents): boolean {
  return Object.entries(draft).every(
    ([name, fact]) => !fact.known || canonicalJson(fact.value) === canonicalJson(components[name] ?? null),
  )
}

function map<T, U>(fact: MaybeKnown<T>, change: (value: T) => U): MaybeKnown<U> {
  return fact.known ? known(change(fact.value)) : unknown(fact.because)
}
