import type { Placement } from '@blacksmith/config'
import { deviceNeeds } from './device-needs'
import { deviceSettings } from './settings'

/** How many runs of a placement this machine can hold at once, whoever else uses it; at least one. */
export async function atOnce(placement: Placement): Promise<number> {
  const { needs } = await deviceNeeds(placement, deviceSettings())
  return Math.max(1, Math.min(...needs.map(({ candidates, count }) => Math.floor(candidates.length / count))))
}
