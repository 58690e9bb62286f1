import { existsSync } from 'node:fs'
import { join } from 'node:path'
import {
  type Header,
  type Placement,
  place,
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

/** `auto`, and no flag at all, mean the first kind of the experiment's list that the box has. */
function deviceKind(header: Header, flag: string | undefined): string | undefined {
  if (flag !== undefined && flag !== 'auto') return flag
  const present = presentKinds()
  return header.devices.find((kind) => present.has(kind)) ?? header.devices[0]
}
