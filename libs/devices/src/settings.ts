import { join } from 'node:path'
import { UserError } from '@blacksmith/config'
import { namedByVariable, programNamedByVariable } from '@blacksmith/config/header'
import type { Roots } from '@blacksmith/native'

/** What people set about devices without shaping a result: environment variables only, in no key. */
export interface DeviceSettings {
  /** The one directory of lock files that all users of the box share: `BLACKSMITH_LEASE_DIR`. */
  leaseDirectory: string
  /** Seconds to wait for a device, from `BLACKSMITH_WAIT`; without it one waits for ever. */
  wait: number | undefined
  /** Seconds from the wish to stop to the killing of all that is left: `BLACKSMITH_STOP_GRACE`. */
  stopGrace: number
  /** Devices that are asked for by name: `BLACKSMITH_DEVICE`, separated by commas. */
  wanted: string[]
  /** A sick TT card may be reset: `BLACKSMITH_RESET=1`. */
  reset: boolean
  /** Where the reset tool is looked for: `PATH`. */
  path: string
  /** `uuid`, or `index` for libraries that cannot read UUIDs (vllm#41848): `BLACKSMITH_GPU_IDS`. */
  gpuIds: 'uuid' | 'index'
  /** Where hardware is looked for; a tree of files instead of the machine's own: `BLACKSMITH_DEVICE_ROOT`. */
  roots: Roots
}

export function deviceSettings(env: NodeJS.ProcessEnv = process.env): DeviceSettings {
  const root = env.BLACKSMITH_DEVICE_ROOT && namedByVariable(env.BLACKSMITH_DEVICE_ROOT)
  return {
    leaseDirectory: namedByVariable(env.BLACKSMITH_LEASE_DIR || '/run/lock/blacksmith'),
    wait: seconds('BLACKSMITH_WAIT', env.BLACKSMITH_WAIT),
    stopGrace: seconds('BLACKSMITH_STOP_GRACE', env.BLACKSMITH_STOP_GRACE) ?? 30,
    wanted: (env.BLACKSMITH_DEVICE ?? '').split(',').flatMap((id) => id.trim() || []),
    reset: env.BLACKSMITH_RESET === '1',
    path: env.PATH ?? process.env.PATH ?? '',
    gpuIds: env.BLACKSMITH_GPU_IDS === 'index' ? 'index' : 'uuid',
    roots: {
      ...(root ? { sys: join(root, 'sys'), dev: join(root, 'dev'), proc: join(root, 'proc') } : {}),
      ...(env.BLACKSMITH_NVML ? { nvml: programNamedByVariable(env.BLACKSMITH_NVML) } : {}),
    },
  }
}

function seconds(name: string, value: string | undefined): number | undefined {
  if (value === undefined || value === '') return undefined
  const number = Number(value)
  if (Number.isFinite(number) && number >= 0) return number
  throw new UserError({
    message: `${name} is '${value}', which is no number of seconds`,
    remedy: `Set ${name} to a number, zero or more, or unset it`,
  })
}
