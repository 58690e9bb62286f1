import { type DeviceKind, deviceKinds, setting } from '@blacksmith/config/header'
import { presentKinds } from '@blacksmith/devices/present-kinds'

/**
 * The kinds of device that runs of a workspace can have: those of this machine, or where its jobs run elsewhere those of
 * the cluster, whatever this machine has.
 */
export function kindsToHave(workspaceRoot: string, env: NodeJS.ProcessEnv = process.env): Set<DeviceKind> {
  if (setting('BLACKSMITH_LAUNCHER', env).trim() === 'local') return presentKinds()
  // Nx asks this on every command: what reads YAML is loaded where there is any.
  const { readCluster } = require('./cluster') as typeof import('./cluster')
  const { kinds } = readCluster(workspaceRoot)
  return new Set(deviceKinds.filter((kind) => kinds[kind] !== undefined))
}
