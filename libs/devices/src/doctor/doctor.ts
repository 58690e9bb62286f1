import { deviceKinds } from '@blacksmith/config/header'
import { loadAddon, NativeBuildMissing } from '@blacksmith/native'
import { boxSupport } from '../box-support'
import { kinds } from '../kinds/kinds'
import { deviceSettings } from '../settings'
import { checkBox } from './box'
import { type Check, fault, ok } from './check'
import { checkLeaseDirectory } from './lease-directory'
import { checkCompiler, checkDisk, checkPython, checkTemporary } from './tools'

export type { Check }

/**
 * Looks at all that runs depend on, each with its remedy. Reads only.
 *
 * @param home the store's folder, whose disk is looked at
 */
export async function doctor(o: { home: string; env?: NodeJS.ProcessEnv }): Promise<Check[]> {
  const env = o.env ?? process.env
  const settings = deviceSettings(env)
  const tools = [await checkPython(env), await checkCompiler(env), checkDisk(o.home), checkTemporary()]
  try {
    const inventory = await loadAddon().takeInventory(settings.roots)
    return [
      ok('native', 'the addon is built and loads'),
      checkBox(boxSupport()),
      checkLeaseDirectory(settings.leaseDirectory),
      ...deviceKinds.flatMap((kind) => kinds[kind].checks(inventory, settings.roots)),
      ...tools,
    ]
  } catch (error) {
    if (!(error instanceof NativeBuildMissing)) throw error
    return [fault('native', error.message, 'Run `node native/build.cjs`'), ...tools]
  }
}
