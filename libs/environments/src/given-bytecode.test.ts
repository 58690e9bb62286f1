import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { addFiles, makeTree, removeTrees } from '../../config/src/testing/tree'
import type { Environment } from './environment'
import { ownBytecode } from './given-bytecode'
import { listPathEntry } from './given-content'
import { withSnapshots } from './in-use'
import { realPython } from './testing/workshop'

afterAll(removeTrees)

/** An interpreter that imports from a folder alone, as it is looked at before a run. */
async function given(place: string): Promise<Environment> {
  const environment: Environment = {
    ...{ name: 'tiny', python: realPython, pythonVersion: '3.11.0', packages: {}, content: '0' },
  }
  const again = () => listPathEntry(place)
  return withSnapshots(environment, [{ before: await again(), again }])
}

/** What was compiled of the files of a folder, by their names, with what tells one file from another. */
function compiled(bytecode: string | undefined, place: string): Record<string, string> {
  const folder = join(bytecode ?? '', place)
  const files = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.pyc')) : []
  const known = (file: string) => `${statSync(file).ino} ${statSync(file).ctimeMs}`
  return Object.fromEntries(files.map((name) => [name.split('.')[0], known(join(folder, name))]))
}

/** What a module says when its bytecode is looked for there. */
const value = (bytecode: string | undefined, place: string, module: string) =>
  execFileSync(realPython, ['-B', '-c', `import ${module}; print(${module}.value)`], {
    env: { PYTHONPATH: place, PYTHONPYCACHEPREFIX: bytecode },
    encoding: 'utf8',
  }).trim()

/** Writes a file and gives it its old time. */
function exchange(file: string, text: string): void {
  const { atime, mtime, size } = statSync(file)
  expect(text).toHaveLength(size)
  writeFileSync(file, text)
  utimesSync(file, atime, mtime)
}

/** What was changed just now would be compiled once more, since it could have changed again without a trace. */
const settled = () => delay(100)

test('what lies beside the sources is not believed, and a source with its old size and time is compiled anew', async () => {
  const home = makeTree()
  const place = makeTree({ 'smith.py': 'value = 1', 'forge.py': 'value = 1' })
  const beside = ['-m', 'compileall', '-q', '--invalidation-mode', 'unchecked-hash', place]
  execFileSync(realPython, beside)
  exchange(join(place, 'smith.py'), 'value = 2')
  expect(value(undefined, place, 'smith')).toBe('1')
  await settled()
  const first = await ownBytecode(await given(place), { home })
  expect(value(first, place, 'smith')).toBe('2')
  const before = compiled(first, place)
  exchange(join(place, 'smith.py'), 'value = 3')
  const second = await ownBytecode(await given(place), { home })
  expect(second).toBe(first)
  expect(value(second, place, 'smith')).toBe('3')
  expect(compiled(second, place)).toEqual({
    forge: before.forge,
    smith: expect.not.stringMatching(before.smith ?? ''),
  })
})

test('nothing is compiled again while nothing moves, and what another place of the interpreter has brought stays', async () => {
  const home = makeTree()
  const places = [makeTree({ 'smith.py': '' }), makeTree({ 'smith.py': '' })] as const
  await settled()
  const ensure = async (place: string) => compiled(await ownBytecode(await given(place), { home }), place)
  const made = [await ensure(places[0]), await ensure(places[1])]
  expect(made.map((files) => Object.keys(files))).toEqual([['smith'], ['smith']])
  expect([await ensure(places[0]), await ensure(places[1])]).toEqual(made)
})

test('the tests of packages are left to whoever imports them, wherever the packages lie', async () => {
  const place = join(makeTree({ 'tests/smith.py': '', 'tests/tests/smith_of_tests.py': '' }), 'tests')
  const bytecode = await ownBytecode(await given(place), { home: makeTree() })
  expect([place, join(place, 'tests')].map((folder) => Object.keys(compiled(bytecode, folder)))).toEqual([
    ['smith'],
    [],
  ])
})

test('a source that can be compiled no more leaves nothing of what it was', async () => {
  const home = makeTree()
  const place = makeTree({ 'smith.py': 'value = 1' })
  await ownBytecode(await given(place), { home })
  exchange(join(place, 'smith.py'), 'value : =')
  expect(compiled(await ownBytecode(await given(place), { home }), place)).toEqual({})
  exchange(join(place, 'smith.py'), 'value = 2')
  expect(value(await ownBytecode(await given(place), { home }), place, 'smith')).toBe('2')
})

test('bytecode that somebody exchanged is made anew', async () => {
  const home = makeTree()
  const place = makeTree({ 'smith.py': 'value = 1', 'forge.py': 'value = 2' })
  await settled()
  const bytecode = (await ownBytecode(await given(place), { home })) ?? ''
  const [forge = '', smith = ''] = readdirSync(join(bytecode, place)).sort()
  const { atime, mtime } = statSync(join(bytecode, place, smith))
  addFiles(join(bytecode, place), { [smith]: '' })
  execFileSync('cp', [join(bytecode, place, forge), join(bytecode, place, smith)])
  utimesSync(join(bytecode, place, smith), atime, mtime)
  expect(value(await ownBytecode(await given(place), { home }), place, 'smith')).toBe('1')
})

test('a store that takes no bytecode lets all be compiled by each run', async () => {
  const home = makeTree({ given: 'a file' })
  const place = makeTree({ 'smith.py': 'value = 1' })
  execFileSync(realPython, ['-m', 'compileall', '-q', '--invalidation-mode', 'unchecked-hash', place])
  exchange(join(place, 'smith.py'), 'value = 2')
  expect(value(await ownBytecode(await given(place), { home }), place, 'smith')).toBe('2')
})

test('an environment that was made has bytecode of its own', async () => {
  const { content: _, ...made } = await given(makeTree({ 'smith.py': '' }))
  expect(await ownBytecode(made, { home: makeTree() })).toBeUndefined()
})
