import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import {
  canonicalJson,
  type Header,
  isUserError,
  type Json,
  type Placement,
  place,
  preferredKind,
  type ResolvedConfig,
  readHeader,
  refuseBadSettings,
  resolveConfig,
  UserError,
} from '@blacksmith/config'
import { sectionsOf } from '@blacksmith/identity'
import { kindsToHave } from '@blacksmith/launch'
import type { Target } from '@blacksmith/store'
import { defaultConfiguration, type TaskRequest } from '../request'
import { refuseAskedSecrets, refuseSecretValues } from './refuse-secrets'
import { refuseUnevenBatch } from './uneven-batch'

/** An experiment as asked for: its header, where it will run, and its validated parameters. */
export interface Experiment {
  header: Header
  placement: Placement
  config: ResolvedConfig
  /** The same without flags, where there are any and it resolves without them. */
  unflagged?: Pick<Experiment, 'placement' | 'config'> | undefined
}

/** The first half of the road: YAML, placement and configuration. Reads only the experiment's own files. */
export async function resolveExperiment(request: TaskRequest): Promise<Experiment> {
  refuseBadSettings()
  const { workspaceRoot, directory, configuration, flags } = request
  const file = join(directory, 'experiment.yaml')
  if (!existsSync(join(workspaceRoot, file))) {
    throw new UserError({
      file,
      message: 'there is no such experiment',
      remedy: 'list the experiments with: npx nx show projects --with-target train',
    })
  }
  const header = readHeader(workspaceRoot, file)
  refuseAskedSecrets(header, flags.set)
  const preferred = deviceKind(workspaceRoot, header)
  const resolveWith = async (given: TaskRequest['flags']) => {
    const placement = place(header, { ...given, device: deviceKind(workspaceRoot, header, given.device) })
    const config = await resolveConfig({
      workspaceRoot,
      header,
      placement,
      ...(configuration === defaultConfiguration ? {} : { configuration }),
      set: given.set,
    })
    return { placement, config }
  }
  const resolved = await resolveWith(flags)
  refuseSecretValues(resolved.config)
  refuseUnevenBatch(resolved.config, resolved.placement)
  if (!hasFlags(flags, preferred)) return { header, ...resolved }
  // A configuration that is whole only with its flags has no result without them.
  const unflagged = await resolveWith({ set: [] }).catch((error: unknown) => {
    if (isUserError(error)) return undefined
    throw error
  })
  return { header, ...resolved, unflagged }
}

/** Whether flags say anything that the experiment's files do not. Nx always gives the kind of device. */
function hasFlags({ set, device, devices, threads }: TaskRequest['flags'], preferred: string): boolean {
  const given = [devices, threads].some((value) => value !== undefined)
  return set.length > 0 || given || (device !== undefined && device !== 'auto' && device !== preferred)
}

/**
 * The folder of a target's result: its configuration, and where flags change what the target sees, a digest of that.
 * Commands with other flags never put their results into one folder.
 */
export function runFolder({ configuration, target }: TaskRequest, experiment: Experiment): string {
  const { unflagged } = experiment
  if (!('unflagged' in experiment)) return configuration
  const asked = seenBy(target, experiment)
  if (unflagged && seenBy(target, unflagged) === asked) return configuration
  return `${configuration}+${createHash('sha256').update(asked).digest('hex').slice(0, 10)}`
}

/** Parameters and placement of a target and of all that it is made from; an evaluation is judged by its bounds. */
function seenBy(target: Target, { config, placement }: Pick<Experiment, 'placement' | 'config'>): string {
  const values = config.values as unknown as Record<string, Json>
  if (target === 'prepare-data') return canonicalJson({ dataset: values.dataset ?? null })
  const sections = target === 'train' ? sectionsOf.train : Object.keys(values)
  const seen = Object.fromEntries(sections.map((section) => [section, values[section] ?? null]))
  return canonicalJson({ placement: { ...placement }, seen })
}

/** No flag at all means `auto`. */
function deviceKind(workspaceRoot: string, header: Header, flag = 'auto'): string {
  return flag === 'auto' ? preferredKind(header, kindsToHave(workspaceRoot)) : flag
}
