import { existsSync } from 'node:fs'
import type { DeviceKind } from '@blacksmith/config/header'
import { type BusyDevice, type CardDevice, loadAddon, type Survey } from '@blacksmith/native'
import { asUserError } from './refusal'
import { type DeviceSettings, deviceSettings } from './settings'
import { describeProcesses } from './waiting-line'

/** One line of `blacksmith devices`. */
export interface ListedDevice {
  kind: DeviceKind
  /** What `BLACKSMITH_DEVICE` takes. */
  id: string
  /** Null where the driver does not say; so in all that follows. */
  model: string | null
  /** The name of its lease: devices of one board share it and are leased together. */
  unit: string
  /** `busy`: nobody has leased it, and somebody uses it. */
  state: 'free' | 'busy' | 'held' | 'dirty' | 'quarantined' | 'faulty'
  /** Who holds it, or what is wrong with it. */
  detail: string | null
  remedy: string | null
  firmware: string | null
  serial: string | null
  pciAddress: string | null
  node: string | null
  chips: number | null
}

/** All devices of this box with who holds them. Reads only: no lease directory is made. */
export async function listDevices(env: NodeJS.ProcessEnv = process.env): Promise<ListedDevice[]> {
  return asUserError(async () => {
    const settings = deviceSettings(env)
    const addon = loadAddon()
    const [inventory, survey] = await Promise.all([
      addon.takeInventory(settings.roots),
      surveyIfThere(settings.leaseDirectory),
    ])
    const cards = await Promise.all(
      inventory.units.map(async ({ name, devices }) => {
        const listed = devices.map((device) => listedCard(device, name, survey))
        return listed.some(({ state }) => state === 'free') ? withStrangers(listed, name, settings) : listed
      }),
    )
    const cores = addon.usableCores().map((core) => listedCore(core, survey))
    return [...cards.flat(), ...cores]
  })
}

export async function surveyIfThere(directory: string): Promise<Survey> {
  return existsSync(directory) ? loadAddon().survey(directory) : { held: [], marked: [], waiters: [] }
}

function listedCard(device: CardDevice, unit: string, survey: Survey): ListedDevice {
  const fault = device.fault && {
    state: 'faulty' as const,
    detail: device.fault.reason,
    remedy: device.fault.remedy,
  }
  return {
    // A test holds that native/ and the table know the same kinds.
    kind: device.kind as DeviceKind,
    id: device.id,
    model: device.model || null,
    unit,
    ...(fault ?? stateOf(unit, survey)),
    firmware: device.firmware || null,
    serial: device.serial || null,
    pciAddress: device.pciAddress || null,
    node: device.node || null,
    chips: device.chips,
  }
}

/** A unit that the driver says is used is not free, though nobody holds its lease. */
async function withStrangers(
  listed: ListedDevice[],
  unit: string,
  { roots }: DeviceSettings,
): Promise<ListedDevice[]> {
  const { strangers } = await loadAddon().inspect(unit, false, roots)
  if (strangers.length === 0) return listed
  const detail = `used without a lease by ${describeProcesses(strangers)}`
  const remedy = 'end that process, or wait for it: runs pass the device over until then'
  return listed.map((device) =>
    device.state === 'free' ? { ...device, state: 'busy', detail, remedy } : device,
  )
}

function listedCore(core: number, survey: Survey): ListedDevice {
  const unit = `cpu-${core}`
  const nothing = { model: null, firmware: null, serial: null, pciAddress: null, node: null, chips: null }
  return { kind: 'cpu', id: `cpu${core}`, unit, ...stateOf(unit, survey), ...nothing }
}

function stateOf(unit: string, survey: Survey): Pick<ListedDevice, 'state' | 'detail' | 'remedy'> {
  const held = survey.held.find(({ name }) => name === unit)
  if (held) return { state: 'held', detail: held.holder.description, remedy: null }
  const marked = survey.marked.find(({ name }) => name === unit)
  if (!marked) return { state: 'free', detail: null, remedy: null }
  return { ...markOf(marked), remedy: marked.holder.remedy || null }
}

function markOf({ holder }: BusyDevice): Pick<ListedDevice, 'state' | 'detail'> {
  if (holder.state === 'quarantined') return { state: 'quarantined', detail: holder.reason }
  return {
    state: 'dirty',
    detail: holder.reason || 'its last run ended suddenly; it is checked before the next one',
  }
}
