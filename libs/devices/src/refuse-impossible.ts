import type { Placement } from '@blacksmith/config'
import { deviceNeeds } from './device-needs'
import { asUserError } from './refusal'
import { deviceSettings } from './settings'

/**
 * Refuses a placement on cards that this machine does not have, before anything is made for it. Waiting would not
 * help. The CPU is everywhere.
 *
 * @throws UserError as a lease would
 */
export async function refuseImpossible(placement: Placement): Promise<void> {
  if (placement.kind !== 'cpu') await asUserError(() => deviceNeeds(placement, deviceSettings(process.env)))
}
