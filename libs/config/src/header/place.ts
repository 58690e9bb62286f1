import { UserError } from '../errors/user-error'
import { type DeviceKind, deviceKinds } from './device-kinds'
import type { Header } from './header'
import { deviceHint } from './header-fields'

/** Where a run takes place: it picks the device overlay and the environment, and is part of the key. */
export interface Placement {
  kind: DeviceKind
  count: number
  threads: number
}

export interface PlacementFlags {
  /** A kind. `auto` depends on the box, so the caller resolves it first; without it the first listed kind is taken. */
  device?: string | undefined
  devices?: number | undefined
  threads?: number | undefined
}

/**
 * Decides where a run takes place, from the experiment and the flags alone, never from what happens to be free.
 *
 * @throws UserError for a kind that the experiment does not list, and for counts out of range.
 */
export function place(header: Header, flags: PlacementFlags): Placement {
  const count = flags.devices ?? 1
  const threads = flags.threads ?? header.threads
  const kind = kindOf(header, flags.device)
  const most = header.maxDevices ?? 1
  if (!isCount(count)) throw badFlag('--devices', count, 'write a whole number of at least 1')
  if (!isCount(threads) || threads > 1024)
    throw badFlag('--threads', threads, 'write a whole number from 1 to 1024')
  if (count > most) {
    throw badFlag(
      '--devices',
      count,
      `at most ${most} for ${header.project} (max_devices in ${header.directory}/experiment.yaml)`,
    )
  }
  return { kind, count, threads }
}

/** The first kind of the experiment's list that the box has: what `auto` means. */
export function preferredKind(
  { devices }: Pick<Header, 'devices'>,
  present: ReadonlySet<DeviceKind>,
): DeviceKind {
  return devices.find((kind) => present.has(kind)) ?? devices[0] ?? 'cpu'
}

function kindOf(header: Header, device: string | undefined): DeviceKind {
  const first = header.devices[0]
  if (device === undefined && first !== undefined) return first
  const kind = header.devices.find((one) => one === device)
  if (kind !== undefined) return kind
  const known = deviceKinds.some((one) => one === device)
  throw new UserError({
    flag: `--device=${device}`,
    message: known ? `${header.project} does not run on ${device}` : `${device} is not a kind of device`,
    remedy: known
      ? `it runs on ${header.devices.join(', ')}; once it can, add ${device} to devices in ${header.directory}/experiment.yaml`
      : deviceHint(String(device), header.devices),
  })
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 1
}

function badFlag(flag: string, value: number, remedy: string): UserError {
  return new UserError({ flag: `${flag}=${value}`, message: 'is out of range', remedy })
}
