import type { Placement } from '@blacksmith/config'
import { loadAddon, type Need } from '@blacksmith/native'
import type { DeviceSettings } from './settings'

/** What a placement means on this box: sets of lease files to choose from. */
export interface LeaseWish {
  needs: Need[]
  notes: string[]
}

export function leaseWish(placement: Placement, settings: DeviceSettings): LeaseWish {
  const cores = wishForCores(placement.threads, settings)
  return cores
}

function wishForCores(threads: number, settings: DeviceSettings): LeaseWish {
  const usable = loadAddon().usableCores().map(String)
  const wanted = settings.wanted.flatMap((id) => /^cpu(\d+)$/.exec(id)?.[1] ?? [])
  const cores = wanted.length > 0 ? usable.filter((core) => wanted.includes(core)) : usable
  const count = Math.min(threads, cores.length)
  const notes =
    count < threads
      ? [
          `The run has ${threads} threads and gets ${count} core${count === 1 ? '' : 's'}, all that it may use`,
        ]
      : []
  return { needs: [{ candidates: cores.map((core) => `cpu-${core}`), count }], notes }
}
