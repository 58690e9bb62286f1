import { closeSync } from 'node:fs'
import type { DeviceKind, Placement } from '@blacksmith/config'
import { type HeldDevice, loadAddon, type Need, supervisorProgram } from '@blacksmith/native'
import { acquire } from './acquire'
import { bind } from './binding'
import { type DeviceNeeds, deviceNeeds } from './device-needs'
import { kinds } from './kinds/kinds'
import { asUserError } from './refusal'
import { type DeviceSettings, deviceSettings } from './settings'

/**
 * Devices that are ours until `release`, or until the last process that inherited `fds` has ended. How the
 * trainer is started under it:
 *
 * ```ts
 * const [supervisor, ...options] = lease.command({ box: rules })
 * spawn(supervisor, [...options, python, '-m', 'blacksmith.training', request], {
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
  /**
   * The supervisor with its options: goes before the trainer's own command.
   *
   * @param o.box a file of rules that says what the trainer, and all that it starts, may reach (its format:
   * native/core/box_rules.hpp); only where `boxSupport` finds an ABI
   */
  command(o?: { box?: string }): string[]
  /** Descriptors that the supervisor must inherit, at any number above 4. */
  readonly fds: number[]
  /** Sentences for people, for instance that the box has fewer cores than the experiment's threads. */
  readonly notes: string[]
  /**
   * Samples the devices' sensors and the use of the cores into a file of JSON lines, on a thread of its own;
   * what a driver does not give is null.
   *
   * @param interval milliseconds from sample to sample
   */
  recordTelemetry(file: string, interval?: number): { stop(): void }
  /** Whether another process waits for any of the devices: who could do without them for a moment gives way. */
  isWanted(): Promise<boolean>
  /** For a second Ctrl-C: the trainer, asked to stop already, gets two seconds more; at the third none. */
  forceStop(): void
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

/**
 * Waits for what the placement asks for, all or nothing and first come, first served: cards with cores for
 * their host threads, or cores alone. A card that somebody uses without a lease is waited for; one that was
 * not left in order is checked, and set aside when it is sick.
 *
 * @throws UserError when the box does not have it, when what it has is sick, when the lease directory cannot
 * be used, and when `BLACKSMITH_WAIT` is over; the signal's reason when that is aborted
 */
export async function leaseDevices(placement: Placement, o: LeaseOptions): Promise<Lease> {
  const settings = deviceSettings(o.env)
  return asUserError(async () => {
    const asked = await deviceNeeds(placement, settings)
    const request = new (loadAddon().LeaseRequest)(settings.leaseDirectory, asked.needs, o.project, o.target)
    try {
      const held = await acquire(request, asked.needs, settings, o)
      return heldLease(placement, settings, request.lease, held, asked)
    } finally {
      request.leave()
    }
  })
}

function heldLease(
  placement: Placement,
  settings: DeviceSettings,
  name: string,
  held: HeldDevice[],
  asked: DeviceNeeds,
): Lease {
  const cores = held.flatMap((device) => coreOf(device.name) ?? [])
  const units = asked.units.filter((unit) => held.some((device) => device.name === unit.name))
  const ids =
    placement.kind === 'cpu'
      ? cores.map((core) => `cpu${core}`)
      : units.flatMap((unit) => unit.devices.map(({ id }) => id))
  const visible = settings.gpuIds === 'index' ? kinds[placement.kind].numbers(ids, asked.all) : ids
  const { environment, unset } = bind(placement.kind, visible, placement.threads)
  const options = {
    '--parent': process.pid,
    '--cpus': cores.join(','),
    '--unset': unset.join(','),
    '--grace-ms': Math.round(settings.stopGrace * 1000),
  }
  let end: Promise<LeaseEnd> | undefined
  return {
    kind: placement.kind,
    ids,
    // The lease's name is carried by all that the trainer starts: so it is found when all else is killed.
    environment: { ...environment, BLACKSMITH_LEASE: name },
    command: ({ box } = {}) => {
      const all = box === undefined ? options : { ...options, '--box': box }
      return [supervisorProgram(), ...Object.entries(all).flat().map(String), '--']
    },
    fds: held.map((device) => device.fd),
    notes: asked.notes,
    recordTelemetry: (file, interval = 1000) => {
      const names = units.map((unit) => unit.name)
      return new (loadAddon().Sampler)(file, names, cores, interval, settings.roots)
    },
    isWanted: async () => {
      const { waiters } = await loadAddon().survey(settings.leaseDirectory)
      const names = new Set(held.map((device) => device.name))
      const wants = ({ candidates }: Need) => candidates.some((name) => names.has(name))
      return waiters.some(({ holder, needs }) => holder.executor.pid !== process.pid && needs.some(wants))
    },
    forceStop: () => {
      if (!end) forceStop(held)
    },
    release: () => {
      end ??= giveBack(held)
      return end
    },
  }
}

/** A second Ctrl-C, passed on to the supervisor that the record names. */
function forceStop([first]: HeldDevice[]): void {
  const supervisor = first && loadAddon().readRecord(first.fd).supervisor
  if (supervisor?.life !== 'alive') return
  try {
    process.kill(supervisor.pid, 'SIGINT')
  } catch (error) {
    // It has ended meanwhile.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

async function giveBack(held: HeldDevice[]): Promise<LeaseEnd> {
  const addon = loadAddon()
  const before = held.map((device) => addon.readRecord(device.fd))
  const killed = before.find((record) => record.state === 'running')
  // The supervisor was killed before it could report how the run ended; what it guarded may live on.
  if (killed?.supervisor?.life === 'dead') await addon.endLeftovers(killed.lease)
  const records = held.map((device) => {
    const record = addon.finishRecord(device.fd)
    closeSync(device.fd)
    return record
  })
  const fault = records.find((record) => record.state === 'running' || record.state === 'dirty')
  if (!fault) return { clean: true }
  return { clean: false, reason: fault.reason || 'the supervisor was killed' }
}

function coreOf(name: string): number | undefined {
  const number = /^cpu-(\d+)$/.exec(name)?.[1]
  return number === undefined ? undefined : Number(number)
}
