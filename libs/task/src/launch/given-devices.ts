import { closeSync, constants, openSync } from 'node:fs'
import { type DeviceKind, UserError } from '@blacksmith/config'
import { setting } from '@blacksmith/config/header'
import { type ListedDevice, listDevices } from '@blacksmith/devices'
import type { Launcher } from '@blacksmith/launch'

/**
 * Keeps the leases of this process to the devices that the engine has given its job: by the numbers that it says, and by
 * the nodes that it lets the job open. Where it says nothing all are open to it, and leases alone decide.
 */
export async function useOnlyGiven(kind: DeviceKind, launcher: Launcher): Promise<void> {
  if (kind === 'cpu' || setting('BLACKSMITH_DEVICE').length > 0) return
  const numbers = await launcher.given(kind)
  const all = (await listDevices()).filter((device) => device.kind === kind)
  const mine = all.filter((device) => isGiven(device, numbers) && isOpen(device))
  if (all.length > 0 && mine.length === 0) throw noneOf(kind, all, numbers)
  if (mine.length < all.length)
    Object.assign(process.env, { BLACKSMITH_DEVICE: mine.map(({ id }) => id).join(',') })
}

/** To lease another one would be to take a card of another job. */
function noneOf(
  kind: DeviceKind,
  all: readonly ListedDevice[],
  numbers: readonly number[] | undefined,
): UserError {
  const there = all.map(({ id, node }) => `${id} (${node})`).join(', ')
  return new UserError({
    message: `the job was given ${kind} ${numbers?.join(', ') ?? 'devices that it may not open'}, and of ${there} none of them is that`,
    remedy: 'see that gres.conf of that node lists its devices in the order of their numbers',
  })
}

function isGiven({ node }: ListedDevice, numbers: readonly number[] | undefined): boolean {
  const number = /(\d+)$/.exec(node ?? '')?.[1]
  return numbers === undefined || number === undefined || numbers.includes(Number(number))
}

/** A control group of the job refuses to open the node of another one's. */
function isOpen({ node }: ListedDevice): boolean {
  if (node === null) return true
  try {
    closeSync(openSync(node, constants.O_RDWR | constants.O_NONBLOCK))
    return true
  } catch (error) {
    return !['EPERM', 'EACCES'].includes((error as NodeJS.ErrnoException).code ?? '')
  }
}
