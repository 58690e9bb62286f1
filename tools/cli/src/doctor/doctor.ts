import { type Check, checkDevices } from '@blacksmith/devices/checks'
import { Layout } from '@blacksmith/store'
import { listEnvironments } from '@blacksmith/store/upkeep'
import { environmentsCheck } from '../environments'
import { checkCompiler } from './compiler'
import { checkPythons } from './python'
import { checkDisk, checkTemporary } from './storage'

/**
 * Looks at all that runs depend on, each with its remedy. Reads only.
 *
 * @param home the store's folder
 */
export async function doctor(home: string, env: NodeJS.ProcessEnv = process.env): Promise<Check[]> {
  return [
    ...(await checkDevices(env)),
    ...(await checkPythons(env)),
    await checkCompiler(env),
    checkDisk(home, env),
    checkTemporary(),
    environmentsCheck(await listEnvironments(new Layout(home))),
  ]
}
