import { isUserError, placementOf, preferredKind, UserError } from '@blacksmith/config'
import { refuseImpossible } from '@blacksmith/devices'
import { clusterFile, kindsToHave, launchingFrom } from '@blacksmith/launch'
import type { TaskRequest } from '../request'
import type { Experiment } from './experiment'

/**
 * Why this machine, or the cluster that runs its jobs, cannot run what is asked for: it has too few of the devices. A preparation needs none, and is only
 * refused where the kind was asked for by a flag, since what comes after it will be.
 */
export async function deviceRefusal(
  { workspaceRoot, target, flags }: TaskRequest,
  { header, placement }: Experiment,
): Promise<UserError | undefined> {
  const there = kindsToHave(workspaceRoot)
  // Nx always gives a kind, by default this one.
  const preferred = preferredKind(header, there)
  const asked = ![undefined, 'auto', preferred].includes(flags.device)
  if (target === 'prepare-data' && !asked) return undefined
  const launching = launchingFrom(workspaceRoot)
  if (launching) return there.has(placement.kind) ? undefined : absentThere(placement.kind, [...there])
  try {
    await refuseImpossible(placementOf(target, placement))
    return undefined
  } catch (error) {
    if (isUserError(error)) return error
    throw error
  }
}

function absentThere(kind: string, there: readonly string[]): UserError {
  return new UserError({
    file: clusterFile,
    field: 'kinds',
    message: `says nothing of ${kind} devices, and the run asks for one`,
    remedy: `add ${kind} under kinds, or ask for another device (${there.join(', ')})`,
  })
}
