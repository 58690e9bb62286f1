import { closeSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { type DeviceKind, type Placement, UserError } from '@blacksmith/config'
import { type HeldDevice, type LeaseRequest, loadAddon, supervisorProgram } from '@blacksmith/native'
import { bind } from './binding'
import { leaseWish } from './lease-wish'
import { asUserError } from './refusal'
import { type DeviceSettings, deviceSettings } from './settings'
import { describeWaiting, WaitingLine } from './waiting-line'

/**
 * Devices that are ours until `release`, or until the last process that inherited `fds` has ended. How the
 * trainer is started under it:
 *
 * ```ts
 * spawn(lease.command[0], [...lease.command.slice(1), python, '-m', 'blacksmith.training', request], {
 *   env: { ...process.env, ...lease.environment },
 *   stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'pipe', ...lease.fds],
 * })
 * ```
 */
export interface Lease {
  readonly kind: DeviceKind
  /** What was given: `cpu0`, a PCI address (`0000:02:00.0`) or a GPU's UUID. In no key. */
  readonly ids: string[]
  /** Binds the trainer to the devices; stale variables of other stacks are removed by the supervisor. */
  readonly environment: Record<string, string>
  /** The supervisor with its options: goes before the trainer's own command. */
  readonly command: string[]
  /** Descriptors that the supervisor must inherit, at any number above 4. */
  readonly fds: number[]
  /** Sentences for people, for instance that the box has fewer cores than the experiment's threads. */
  readonly notes: string[]
  /** Gives the devices back; call it after the supervisor has ended. May be called twice. */
  release(): Promise<LeaseEnd>
}

/** How a lease ended: a device that was not left in order is checked before anybody gets it again. */
export interface LeaseEnd {
  readonly clean: boolean
  /** Why it was not clean. */
  readonly reason?: string
}

export interface LeaseOptions {
  /** Shown to those who wait for the devices. */
  project: string
  target: string
  signal?: AbortSignal
  /** Called with a line for people when the wait begins, and again when the place or the holder changes. */
  onWait?: (line: string) => void
  env?: NodeJS.ProcessEnv
}

const firstPause = 10
const longestPause = 150

/**
 * Waits for what the placement asks for, all or nothing and first come, first served: cards with cores for
 * their host threads, or cores alone.
 *
 * @throws UserError when the box does not have it, when the lease directory cannot be used, and when
 * `BLACKSMITH_WAIT` is over; the signal's reason when that is aborted
 */
export async function leaseDevices(placement: Placement, o: LeaseOptions): Promise<Lease> {
  const settings = deviceSettings(o.env)
  return asUserError(async () => {
    const wish = leaseWish(placement, settings)
    const request = new (loadAddon().LeaseRequest)(settings.leaseDirectory, wish.needs, o.project, o.target)
    try {
      const held = await waitFor(request, settings, o)
      return heldLease(placement, settings, request.lease, held, wish.notes)
    } finally {
      request.leave()
    }
  })
}

async function waitFor(
  request: LeaseRequest,
  settings: DeviceSettings,
  o: LeaseOptions,
): Promise<HeldDevice[]> {
  const line = new WaitingLine(o.onWait)
  const end = settings.wait === undefined ? Number.POSITIVE_INFINITY : Date.now() + settings.wait * 1000
  for (let pause = firstPause; ; pause = Math.min(pause * 1.5, longestPause)) {
    o.signal?.throwIfAborted()
    const held = request.attempt([])
    if (held.length > 0) return held
    const waiting = request.waiting()
    line.show(waiting)
    if (Date.now() >= end) {
      throw new UserError({
        message: `No device was free within BLACKSMITH_WAIT=${settings.wait} s: ${describeWaiting(waiting)}`,
        remedy: 'Wait longer or without limit (unset BLACKSMITH_WAIT), or ask the holder',
      })
    }
    await delay(
      Math.min(pause, Math.max(1, end - Date.now())),
      undefined,
      o.signal ? { signal: o.signal } : {},
    ).catch(() => o.signal?.throwIfAborted())
  }
}

function heldLease(
  placement: Placement,
  settings: DeviceSettings,
  name: string,
  held: HeldDevice[],
  notes: string[],
): Lease {
  const cores = held.flatMap((device) => coreOf(device.name) ?? [])
  const ids = placement.kind === 'cpu' ? cores.map((core) => `cpu${core}`) : []
  const { environment, unset } = bind(placement.kind, ids, placement.threads)
  const options = {
    '--parent': process.pid,
    '--cpus': cores.join(','),
    '--unset': unset.join(','),
    '--grace-ms': Math.round(settings.stopGrace * 1000),
  }
  let end: LeaseEnd | undefined
  return {
    kind: placement.kind,
    ids,
    // The lease's name is carried by all that the trainer starts: so it is found when all else is killed.
    environment: { ...environment, BLACKSMITH_LEASE: name },
    command: [supervisorProgram(), ...Object.entries(options).flat().map(String), '--'],
    fds: held.map((device) => device.fd),
    notes,
    release: async () => {
      end ??= giveBack(held)
      return end
    },
  }
}

function giveBack(held: HeldDevice[]): LeaseEnd {
  const records = held.map((device) => {
    const record = loadAddon().finishRecord(device.fd)
    closeSync(device.fd)
    return record
  })
  const fault = records.find((record) => record.state === 'running' || record.state === 'dirty')
  if (!fault) return { clean: true }
  return { clean: false, reason: fault.reason || 'the supervisor was killed' }
}

function coreOf(name: string): string | undefined {
  return /^cpu-(\d+)$/.exec(name)?.[1]
}
