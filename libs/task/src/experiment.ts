import { existsSync } from 'node:fs'
import { join } from 'node:path'
import {
  type Header,
  type Placement,
  place,
  preferredKind,
  type ResolvedConfig,
  readHeader,
  resolveConfig,
  UserError,
} from '@blacksmith/config'
import { presentKinds } from '@blacksmith/devices'
import { defaultConfiguration, type TaskRequest } from './request'

/** An experiment as asked for: its header, where it will run, and its validated parameters. */
export interface Experiment {
  header: Header
  placement: Placement
  config: ResolvedConfig
}

/** The first half of the road: YAML, placement and configuration. Reads only the experiment's own files. */
export async function resolveExperiment(request: TaskRequest): Promise<Experiment> {
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
  const placement = place(header, { ...flags, device: deviceKind(header, flags.device) })
  const config = await resolveConfig({
    workspaceRoot,
    header,
    placement,
    ...(configuration === defaultConfiguration ? {} : { configuration }),
    set: flags.set,
  })
  return { header, placement, config }
}

/** No flag at all means `auto`. */
function deviceKind(header: Header, flag = 'auto'): string {
  return flag === 'auto' ? preferredKind(header, presentKinds()) : flag
}
