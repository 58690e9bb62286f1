import { join } from 'node:path'
import type { UserError } from '@blacksmith/config'
import type { Artifact } from '@blacksmith/store'
import { deviceRefusal } from './experiment/device-refusal'
import { completed, lineageOf } from './key/components'
import { type Plan, standing } from './plan'
import { newestCheckpoint } from './run/working-state'

/** What only who asks about a plan wants to know: to find it out may take reading the whole store. */
export interface Outlook {
  /** The newest earlier run of this target and configuration, to tell what changed since. */
  previous: Artifact | undefined
  /** Of a training that would run: the step of the newest checkpoint of an earlier run that was stopped. */
  checkpoint: number | undefined
  /** Why this machine cannot run it, where it has not the devices. */
  refusal: UserError | undefined
  /** The newest earlier run of each target that is read. */
  reads: { plan: Plan; previous: Artifact | undefined }[]
}

/** Finds it out. */
export async function outlookOf(planned: Plan): Promise<Outlook> {
  return {
    previous: await previousRun(planned),
    checkpoint: await newestStep(planned),
    refusal: await deviceRefusal(planned.request, planned.experiment),
    reads: await Promise.all(
      planned.producers.map(async (plan) => ({ plan, previous: await previousRun(plan) })),
    ),
  }
}

/** What stands in dist/, of whatever key, else the newest run in the store. */
async function previousRun(planned: Plan): Promise<Artifact | undefined> {
  const { request, experiment, store } = planned
  const { target, configuration } = request
  const identity = { project: experiment.header.project, target, configuration }
  return (await standing(planned)) ?? (await store.latest(identity))
}

async function newestStep({
  request,
  experiment,
  draft,
  stored,
  remote,
  store,
}: Plan): Promise<number | undefined> {
  const components = completed(draft)
  if (stored || remote || request.target !== 'train' || !components.known) return undefined
  return newestCheckpoint(join(store.layout.work, lineageOf(experiment, components.value)))
}
