import { join } from 'node:path'
import { setting } from '@blacksmith/config/header'
import type { Roots } from '@blacksmith/native'

/** What people set about devices without shaping a result: environment variables only, in no key. */
export interface DeviceSettings {
  /** The one directory of lock files that all users of the box share. */
  leaseDirectory: string
  /** Seconds to wait for a device; undefined is for ever. */
  wait: number | undefined
  /** Seconds from the request to stop to the killing of all that is left. */
  stopGrace: number
  /** Devices that are asked for by name; all where there is none. */
  wanted: string[]
  /** A sick TT card may be reset. */
  reset: boolean
  /** Where the reset tool is looked for: `PATH`. */
  path: string
  /** `uuid`, or `index` for libraries that cannot read UUIDs (vllm#41848). */
  gpuIds: 'uuid' | 'index'
  /** Where hardware is looked for; a tree of files instead of the machine's own. */
  roots: Roots
}

/** @throws UserError where a variable says nothing that it can mean */
export function deviceSettings(env: NodeJS.ProcessEnv = process.env): DeviceSettings {
  const root = setting('BLACKSMITH_DEVICE_ROOT', env)
  const nvml = setting('BLACKSMITH_NVML', env)
  return {
    leaseDirectory: setting('BLACKSMITH_LEASE_DIR', env),
    wait: setting('BLACKSMITH_WAIT', env),
    stopGrace: setting('BLACKSMITH_STOP_GRACE', env),
    wanted: setting('BLACKSMITH_DEVICE', env),
    reset: setting('BLACKSMITH_RESET', env),
    path: env.PATH ?? process.env.PATH ?? '',
    gpuIds: setting('BLACKSMITH_GPU_IDS', env),
    roots: {
      ...(root ? { sys: join(root, 'sys'), dev: join(root, 'dev'), proc: join(root, 'proc') } : {}),
      ...(nvml ? { nvml } : {}),
    },
  }
}
