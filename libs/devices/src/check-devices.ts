import { deviceKinds } from '@blacksmith/config/header'
import { loadAddon, NativeBuildMissing } from '@blacksmith/native'
import { boxSupport } from './box-support'
import { checkBox } from './checks/box'
import { type Check, fault, ok } from './checks/check'
import { checkLeaseDirectory } from './checks/lease-directory'
import { kinds } from './kinds/kinds'
import { deviceSettings } from './settings'

/** Looks at the native part, the box, the directory of leases and the devices, each with its remedy. Reads only. */
export async function checkDevices(env: NodeJS.ProcessEnv = process.env): Promise<Check[]> {
  const settings = deviceSettings(env)
  try {
    const inventory = await loadAddon().takeInventory(settings.roots)
    return [
      ok('native', 'the addon is built and loads'),
      checkBox(boxSupport()),
      checkLeaseDirectory(settings.leaseDirectory),
      ...deviceKinds.flatMap((kind) => kinds[kind].checks(inventory, settings.roots)),
    ]
  } catch (error) {
    if (!(error instanceof NativeBuildMissing)) throw error
    return [fault('native', error.message, 'run the command that the message names')]
  }
}
