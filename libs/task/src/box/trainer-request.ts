import { join } from 'node:path'
import { canonicalJson, type Json, type JsonObject, placementOf } from '@blacksmith/config'
import type { Lease } from '@blacksmith/devices'
import { entryOf, sectionsOf } from '@blacksmith/identity'
import type { TrainerRequest } from '@blacksmith/protocol'
import type { Job } from '../job'
import type { Given } from './given'

/** The folders of a run. */
export interface Folders {
  /** What becomes the artifact. */
  staging: string
  /** Checkpoints; they outlive a run that did not finish. */
  work: string
  records: string
  /** The copy of the workspace that the trainer reads. */
  capsule: string
  /** For PYTHONPYCACHEPREFIX; undefined where Python finds its bytecode beside its sources. */
  bytecode: string | undefined
}

/**
 * What the trainer is asked to do: only the sections of the configuration that are in the target's key, in one order,
 * whatever that of the files is.
 */
export function trainerRequest(
  { request, experiment }: Job,
  lease: Lease,
  sources: Record<string, string>,
  given: Given,
  { staging, work, records, capsule }: Folders,
): Omit<TrainerRequest, 'resume' | 'box'> {
  const { config, header } = experiment
  const { count, threads, processes } = placementOf(request.target, experiment.placement)
  const { entry, function: called } = entryOf(request.workspaceRoot, request.target, header)
  const { acceptance: _acceptance, ...parameters } = config.values
  const sections = sectionsOf[request.target].filter((section) => section in parameters)
  const values: Record<string, Json> = { ...parameters }
  for (const [section, path] of Object.entries(given.own))
    values[section] = { ...(values[section] as JsonObject), path }
  return {
    version: 1,
    target: request.target,
    entry: 'file' in entry ? { file: join(capsule, entry.file) } : entry,
    function: called,
    config: inOneOrder(Object.fromEntries(sections.map((section) => [section, values[section] ?? null]))),
    inputs: {
      ...(given.data ? { data: given.data } : {}),
      ...(given.model ? { model: given.model } : {}),
    },
    sources,
    output: staging,
    records,
    work,
    capsule: { tree: capsule, workspace: request.workspaceRoot },
    device: {
      kind: lease.kind,
      count,
      threads,
      ids: lease.ids,
      ...(processes === undefined ? {} : { processes }),
    },
    // Only a training has the seed in its key.
    seed: request.target === 'train' ? seedOf(values.training) : 0,
  }
}

/** Keys know no order: a recipe that went through a mapping must not see one either. */
function inOneOrder(config: Json): Json {
  return JSON.parse(canonicalJson(config)) as Json
}

/** The seed of every random choice of a run; a recipe that makes none need not name one. */
function seedOf(training: Json | undefined): number {
  const seed = (training as { seed?: Json } | undefined)?.seed
  return typeof seed === 'number' ? seed : 0
}
