import { type DeviceKind, type Placement, UserError } from '@blacksmith/config'
import { type Inventory, loadAddon, type Need, type Unit } from '@blacksmith/native'
import { plural, shareOfCores } from './cpu-share'
import type { DeviceSettings } from './settings'

/** What a placement means on this box: lease files to choose from. */
export interface DeviceNeeds {
  needs: Need[]
  /** The cards among which there is a choice; empty for the CPU. */
  units: Unit[]
  /** All cards of the box, those of other kinds too; empty for the CPU. */
  all: Unit[]
  notes: string[]
}

/** A run on cards needs cores for its host threads too, all or nothing together. */
export async function deviceNeeds(placement: Placement, settings: DeviceSettings): Promise<DeviceNeeds> {
  const { cores, count, notes } = coresFor(hostThreads(placement), settings)
  const needs = [{ candidates: cores.map((core) => `cpu-${core}`), count }]
  if (placement.kind === 'cpu') return { needs, units: [], all: [], notes }
  const inventory = await loadAddon().takeInventory(settings.roots)
  const units = unitsFor(placement.kind, placement.count, settings, inventory)
  const cards = { candidates: units.map(({ name }) => name), count: placement.count }
  return { needs: [cards, ...needs], units, all: inventory.units, notes }
}

/** Of all processes; where one computes on several sets of cores, each has as many. */
export function hostThreads({ kind, count, threads, processes = 1 }: Placement): number {
  return threads * (kind === 'cpu' ? count : processes)
}

function coresFor(
  threads: number,
  settings: DeviceSettings,
): { cores: number[]; count: number; notes: string[] } {
  // Cores are always the machine's own: a tree of files plays cards, and limits.
  const usable = loadAddon().usableCores()
  const wanted = settings.wanted.flatMap((id) => /^cpu(\d+)$/.exec(id)?.[1] ?? []).map(Number)
  const cores = wanted.length > 0 ? usable.filter((core) => wanted.includes(core)) : usable
  if (cores.length === 0) {
    throw new UserError({
      message: `BLACKSMITH_DEVICE asks for cores ${wanted.join(', ')}, and this process may use ${usable.join(', ')}`,
      remedy: 'name one of these, or unset BLACKSMITH_DEVICE',
    })
  }
  const count = Math.min(threads, cores.length)
  return { cores, count, notes: notesOn(threads, count, loadAddon().cpuQuota(settings.roots)) }
}

/** @param quota CPUs' worth of time that control groups leave this process */
function notesOn(threads: number, count: number, quota: number | null): string[] {
  if (quota !== null && quota < threads && quota <= count)
    return [`the run has ${threads} thread${plural(threads)} and ${shareOfCores(quota)}`]
  const note = `the run has ${threads} threads and gets ${count} core${plural(count)}, all that it may use`
  return count < threads ? [note] : []
}

function unitsFor(kind: DeviceKind, count: number, settings: DeviceSettings, inventory: Inventory): Unit[] {
  const all = inventory.units.filter((unit) => unit.kind === kind)
  const wanted = settings.wanted.filter((id) => !/^cpu\d+$/.test(id))
  const units = wanted.length > 0 ? all.filter((unit) => wanted.some((id) => isIn(unit, id))) : all
  if (units.length >= count) return units
  const there = all.flatMap(({ devices }) => devices.map(({ id }) => id)).join(', ') || 'none'
  throw new UserError({
    message:
      wanted.length > 0
        ? `BLACKSMITH_DEVICE asks for ${wanted.join(', ')}, which is not ${count} of this box's ${kind} devices: ${there}`
        : `the run asks for ${count} ${kind} device${plural(count)}; this box has: ${there}`,
    remedy: 'see `npx blacksmith devices`, and `npx blacksmith doctor` for a device that is missing there',
  })
}

function isIn(unit: Unit, id: string): boolean {
  const known = [unit.name, ...unit.devices.flatMap((device) => [device.id, device.pciAddress])]
  return known.some((name) => name.toLowerCase() === id.toLowerCase())
}
