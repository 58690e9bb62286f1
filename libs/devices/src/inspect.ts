import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { type Fault, type HeldDevice, loadAddon, type Process } from '@blacksmith/native'
import type { DeviceSettings } from './settings'

/** Why a device that we hold cannot be used now. */
export type Obstacle =
  /** Somebody uses it without a lease: busy, whatever its lock says. */
  | { kind: 'strangers'; device: string; processes: Process[] }
  /** It is sick, and its record now says so. */
  | { kind: 'sick'; device: string; fault: Fault }

const resetTimeout = 180_000

/**
 * Looks at devices that were just locked, before anything runs on them: ends what the last run has left
 * behind, asks the driver who uses them, and checks the health of those that were not left in order.
 *
 * @returns nothing when all can be used
 */
export async function inspectDevices(held: HeldDevice[], settings: DeviceSettings): Promise<Obstacle[]> {
  const obstacles = await Promise.all(held.map((device) => inspectDevice(device, settings)))
  return obstacles.flatMap((obstacle) => obstacle ?? [])
}

async function inspectDevice(held: HeldDevice, settings: DeviceSettings): Promise<Obstacle | undefined> {
  const addon = loadAddon()
  const device = held.name
  if (held.needsCheck && held.before.executor.life === 'dead') {
    const { remaining } = await addon.endLeftovers(held.before.lease)
    if (remaining.length > 0) return { kind: 'strangers', device, processes: remaining }
  }
  if (!device.startsWith('cpu-')) {
    let { strangers, fault } = await addon.inspect(device, held.needsCheck, settings.roots)
    if (strangers.length > 0) return { kind: 'strangers', device, processes: strangers }
    if (fault && settings.reset && device.startsWith('tt-')) {
      fault = await resetBoard(device, fault, settings)
    }
    if (fault) {
      addon.quarantine(held.fd, fault.reason, fault.remedy)
      return { kind: 'sick', device, fault }
    }
  }
  if (held.needsCheck && held.writable) addon.clearMark(held.fd)
  return undefined
}

/** The reset tool's exit code was 0 on a failed reset (tt-umd#2316): only a new check shows how it went. */
async function resetBoard(unit: string, fault: Fault, settings: DeviceSettings): Promise<Fault | null> {
  const addon = loadAddon()
  const { units } = await addon.takeInventory(settings.roots)
  const addresses = units.find(({ name }) => name === unit)?.devices.map(({ id }) => id) ?? []
  try {
    for (const address of addresses) {
      await promisify(execFile)('tt-smi', ['-r', address], {
        timeout: resetTimeout,
        env: { ...process.env, PATH: settings.path },
      })
    }
  } catch (error) {
    const cause =
      (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'tt-smi is not installed' : String(error)
    return { reason: `${fault.reason}, and it could not be reset: ${cause}`, remedy: fault.remedy }
  }
  const { fault: after } = await addon.inspect(unit, true, settings.roots)
  return after && { reason: `${after.reason}, also after a reset`, remedy: 'restart the machine' }
}
