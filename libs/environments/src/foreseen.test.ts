import { rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { addFiles, removeTrees } from '../../config/src/testing/tree'
import { folderOf } from './environment-folder'
import { foreseeEnvironment } from './foreseen'
import { readRequirements } from './requirements'
import { writeStamp } from './stamp'
import { addCommand, makeWorkshop, type Workshop, withVariables } from './testing/workshop'

afterAll(removeTrees)

const foresee = (shop: Workshop) =>
  withVariables({ PATH: shop.bin, BLACKSMITH_PYTHON: undefined }, () => foreseeEnvironment('tiny', shop))

/** A Python that says that it is of a version, and does nothing else. */
function installPython(shop: Workshop, version: string): void {
  addCommand(shop, 'python3', `echo ${version}; echo ${join(shop.bin, 'python3')}`)
}

/** An environment that was made with the Python that is installed now. */
async function makeEnvironment(shop: Workshop, pythonVersion: string, packages = {}): Promise<string> {
  const folder = await folderOf(shop.home, 'tiny', readRequirements(shop.workspaceRoot, 'tiny').digest)
  const python = join(folder, 'bin', 'python')
  addFiles(folder, { 'bin/.keep': '' })
  rmSync(python, { force: true })
  symlinkSync(join(shop.bin, 'python3'), python)
  await writeStamp(folder, python, { pythonVersion, packages })
  return folder
}

test('an environment is foreseen to be what it will be: made or not, of the same version of Python', async () => {
  const shop = makeWorkshop()
  installPython(shop, '3.11.7')
  const before = await foresee(shop)
  expect(before).toEqual({ python: '3.11.7', changed: {} })
  await makeEnvironment(shop, '3.11.7', { tiny: '1.0+cpu' })
  expect(await foresee(shop)).toEqual(before)
})

test('of an environment that stands nothing is asked', async () => {
  const shop = makeWorkshop()
  installPython(shop, '3.11.7')
  await makeEnvironment(shop, '3.11.7')
  const elsewhere = { ...shop, bin: '/nowhere' }
  expect((await foresee(elsewhere)).python).toBe('3.11.7')
})

test('an interpreter that was upgraded below its environment is recognised by its new version', async () => {
  const shop = makeWorkshop()
  installPython(shop, '3.11.7')
  await makeEnvironment(shop, '3.11.7')
  installPython(shop, '3.11.10')
  expect((await foresee(shop)).python).toBe('3.11.10')
})

test('packages that are not as published are reported', async () => {
  const shop = makeWorkshop()
  installPython(shop, '3.11.7')
  await makeEnvironment(shop, '3.11.7', { tiny: '1.0+cpu.changed.0123456789abcdef', other: '2.0' })
  expect((await foresee(shop)).changed).toEqual({ tiny: '1.0+cpu.changed.0123456789abcdef' })
})
