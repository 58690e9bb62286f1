import { canonicalJson, type Json } from '@blacksmith/config'
import { setting } from '@blacksmith/config/header'
import { readRequirements } from '@blacksmith/environments/requirements'
import { sha256 } from '@blacksmith/store/integrity'
import type { Plan } from '../plan'

/** The components of a plan's key that are known, whatever is still to be made or asked. */
export function knownComponents({ draft }: Pick<Plan, 'draft'>): Record<string, Json> {
  return Object.fromEntries(
    Object.entries(draft).flatMap(([name, fact]) => (fact.known ? [[name, fact.value]] : [])),
  )
}

/**
 * What stands for a job, whoever asks for it and whenever: all of its key that is known before anything has run, with
 * the pins of its environment in the place of what was installed by them. Commands that come to one key find one job.
 *
 * @param planned what it reads has been made
 */
export function jobId(planned: Plan): string {
  const { request, environmentName } = planned
  const { environment: _environment, ...components } = knownComponents(planned)
  return sha256(
    canonicalJson({
      job: 1,
      components,
      environment: environmentName,
      pins: readRequirements(request.workspaceRoot, environmentName).digest,
      python: setting('BLACKSMITH_PYTHON') ?? null,
    }),
  )
}

/** By which an engine knows a job: short, since it is shown in tables. */
export function jobName(id: string): string {
  return `bs-${id.slice(0, 12)}`
}
