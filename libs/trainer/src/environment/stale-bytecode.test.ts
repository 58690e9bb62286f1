import { execFileSync } from 'node:child_process'
import { chmodSync, readdirSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { makeTree, removeTrees } from '../testing/tree'
import { realPython } from '../testing/workshop'
import { staleBytecode } from './stale-bytecode'

afterAll(removeTrees)

/** A folder with one compiled module. */
function compiledModule(mode = 'timestamp'): { folder: string; source: string; bytecode: string } {
  const folder = makeTree({ 'lib/core.py': 'value = 1\n' })
  execFileSync(realPython, ['-m', 'compileall', '-q', '--invalidation-mode', mode, folder])
  const [name = ''] = readdirSync(join(folder, 'lib/__pycache__'))
  const bytecode = join(folder, 'lib/__pycache__', name)
  // Its ctime must not be within the clock's tick of its source's.
  const { ctimeMs } = statSync(join(folder, 'lib/core.py'))
  while (statSync(bytecode).ctimeMs <= ctimeMs) chmodSync(bytecode, 0o644)
  return { folder, source: join(folder, 'lib/core.py'), bytecode }
}

/** Leaves a file's size and mtime as they were. */
function exchange(file: string, text: string): void {
  const { atime, mtime } = statSync(file)
  writeFileSync(file, text)
  utimesSync(file, atime, mtime)
}

test('bytecode that was compiled from what lies there may run', async () => {
  const { folder, source } = compiledModule()
  expect(await staleBytecode(folder)).toBeUndefined()
  expect(await staleBytecode(source)).toBeUndefined()
})

test('bytecode of a source that was exchanged, with its old size and time, is found', async () => {
  const { folder, source, bytecode } = compiledModule()
  exchange(source, 'value = 2\n')
  expect(await staleBytecode(folder)).toBe(bytecode)
  expect(await staleBytecode(source)).toBe(bytecode)
})

test('bytecode that Python would compile again by itself is none', async () => {
  const { folder, source } = compiledModule()
  exchange(source, 'value = 10\n')
  expect(await staleBytecode(folder)).toBeUndefined()
})

test.each([
  ['checked-hash', 'compares by the hash of the source is none', false],
  ['unchecked-hash', 'never compares is found', true],
])('bytecode with %s, which Python %s', async (mode, _, found) => {
  const { folder, source, bytecode } = compiledModule(mode)
  exchange(source, 'value = 2\n')
  expect(await staleBytecode(folder)).toBe(found ? bytecode : undefined)
})
