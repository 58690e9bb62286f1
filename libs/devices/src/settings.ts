import { UserError } from '@blacksmith/config'

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
}

export function deviceSettings(env: NodeJS.ProcessEnv = process.env): DeviceSettings {
  return {
    leaseDirectory: env.BLACKSMITH_LEASE_DIR || '/run/lock/blacksmith',
    wait: seconds('BLACKSMITH_WAIT', env.BLACKSMITH_WAIT),
    stopGrace: seconds('BLACKSMITH_STOP_GRACE', env.BLACKSMITH_STOP_GRACE) ?? 30,
    wanted: (env.BLACKSMITH_DEVICE ?? '').split(',').flatMap((id) => id.trim() || []),
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
