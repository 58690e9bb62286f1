import { UserError } from '../errors/user-error'
import { type DeviceKind, deviceFacts, deviceKinds } from './device-kinds'
import type { Header } from './header'
import { deviceHint } from './header-fields'

/** Where a run takes place: it picks the device overlay and the environment, and is part of the key. */
export interface Placement {
  kind: DeviceKind
  count: number
  /** Of each process. */
  threads: number
  /** That share the devices evenly; absent for one, so that its keys are what they were before there were several. */
  processes?: number
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
      most > 1
        ? `at most ${most} for ${header.project} (max_devices in ${header.directory}/experiment.yaml)`
        : `${header.project} trains on one device; once its recipe shares batches out, add max_devices to` +
            ` ${header.directory}/experiment.yaml`,
    )
  }
  if (count > 1 && !header.mesh && deviceFacts[kind].oneProcess) throw noProcessEach(header, kind, count)
  return { kind, count, threads, ...(count > 1 && !header.mesh ? { processes: count } : {}) }
}

/**
 * Where a target of the experiment takes place: several devices are for its training, and what comes before and after
 * is the same whatever their number.
 */
export function placementOf(target: string, { kind, count, threads, processes }: Placement): Placement {
  if (target !== 'train') return { kind, count: 1, threads }
  return { kind, count, threads, ...(processes === undefined ? {} : { processes }) }
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

function noProcessEach({ project, directory }: Header, kind: DeviceKind, count: number): UserError {
  return new UserError({
    flag: `--devices=${count}`,
    message: `several ${kind} devices are driven from one process, and the recipe of ${project} does not do that`,
    remedy: `leave it out, or have the recipe compute on a mesh and write mesh: true into ${directory}/experiment.yaml`,
  })
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 1
}

function badFlag(flag: string, value: number, remedy: string): UserError {
  return new UserError({ flag: `${flag}=${value}`, message: 'is out of range', remedy })
}
