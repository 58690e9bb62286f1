import {
  canonicalJson,
  type Json,
  type ResolvedConfig,
  type Role,
  readVersion,
  select,
} from '@blacksmith/config'
import type { Environment } from '@blacksmith/environments'
import { inputDigests, isBoxed, type Material, sectionsOf } from '@blacksmith/identity'
import { type KeyComponents, keyOf, type Target } from '@blacksmith/store'
import { type Answer, known, unknown } from './answer'
import type { Experiment } from './experiment'
import { dataDigest, type Input, modelDigest } from './inputs'
import { sourceDigests } from './sources'

/** The components of a key by name, each of which may not be known before other work is done. */
export type Draft = Record<string, Answer<Json>>

/** What a key is made from besides the experiment's parameters. */
export interface Surroundings {
  /** Code, declared inputs and variables. */
  material: Material
  environment: Answer<Environment>
  /** The prepared data; train and evaluate read it. */
  data: Answer<Input>
  /** The trained model; evaluate reads it. */
  train: Answer<Input>
}

/** Roles of parameters that are in no key: where data lie does not say what they are. */
const shapesNothing: Role[] = ['reporting', 'acceptance', 'location']

/** Only of own data is there a digest in the key: any other place that a parameter names counts by its name. */
function keyed(config: ResolvedConfig): ResolvedConfig {
  const roles = Object.entries(config.roles).map(([path, role]): [string, Role] =>
    role === 'location' && path !== 'dataset.path' ? [path, 'result'] : [path, role],
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
  const placed: Draft = {
    placement: known({ ...placement }),
    variables: known(around.material.variables),
  }
  const data: Draft = { data: map(around.data, dataDigest) }
  switch (target) {
    case 'prepare-data':
      return { ...common, sources: await sourceDigests(workspaceRoot, experiment) }
    case 'train':
      return { ...common, ...placed, ...data }
    case 'evaluate':
      return { ...common, ...placed, ...data, model: map(around.train, modelDigest) }
  }
}

/** The components, once all of them are known. */
export function completed(draft: Draft): Answer<KeyComponents> {
  const components: Record<string, Json> = {}
  for (const [name, answer] of Object.entries(draft)) {
    if (!answer.known) return answer
    components[name] = answer.value
  }
  return known(components as KeyComponents)
}

/** The key that stands for a draft's result. */
export function keyOfDraft(draft: Draft): Answer<string> {
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
    ([name, answer]) =>
      !answer.known || canonicalJson(answer.value) === canonicalJson(components[name] ?? null),
  )
}

function map<T, U>(answer: Answer<T>, change: (value: T) => U): Answer<U> {
  return answer.known ? known(change(answer.value)) : unknown(answer.because)
}
