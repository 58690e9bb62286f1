import { isUserError, preferredKind, type UserError } from '@blacksmith/config'
import { presentKinds, refuseImpossible } from '@blacksmith/devices'
import type { TaskRequest } from '../request'
import type { Experiment } from './experiment'

/**
 * Why this machine cannot run what is asked for: it has too few of the devices. A preparation needs none, and is only
 * refused where the kind was asked for by a flag, since what comes after it will be.
 */
export async function deviceRefusal(
  { target, flags }: TaskRequest,
  { header, placement }: Experiment,
): Promise<UserError | undefined> {
  // Nx always gives a kind, by default this one.
  const preferred = preferredKind(header, presentKinds())
  const asked = ![undefined, 'auto', preferred].includes(flags.device)
  if (target === 'prepare-data' && !asked) return undefined
  try {
    await refuseImpossible(placement)
    return undefined
  } catch (error) {
    if (isUserError(error)) return error
    throw error
  }
}
