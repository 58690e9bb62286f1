import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { addFiles, removeTrees } from '../../config/src/testing/tree'
import { ensureEnvironment, inspectEnvironment } from './ensure-environment'
import { importedFrom, touchedSince } from './in-use'
import { untouched } from './made-tree'
import {
  addFakeUv,
  addRealPython,
  installTiny,
  makeWorkshop,
  type Workshop,
  withVariables,
} from './testing/workshop'

afterAll(removeTrees)

const package_ = `mkdir -p "$site/tiny/__pycache__"
printf 'value = 1' > "$site/tiny/core.py"; printf 'compiled 1' > "$site/tiny/__pycache__/core.cpython-311.pyc"
ln -s core.py "$site/tiny/alias.py"; ${installTiny}`

function ensure(shop: Workshop) {
  return withVariables({ PATH: shop.bin, BLACKSMITH_PYTHON: undefined }, () =>
    ensureEnvironment('tiny', shop),
  )
}

const installs = (shop: Workshop) => shop.uvCalls().filter((call) => call.startsWith('pip install')).length

/** An environment that was made a while ago, and where its packages lie. */
async function standing() {
  const shop = makeWorkshop()
  addRealPython(shop)
  addFakeUv(shop, package_)
  const made = await ensure(shop)
  const folder = dirname(dirname(made.python))
  const [version = ''] = readdirSync(join(folder, 'lib'))
  shop.lines.length = 0
  return { shop, made, folder, site: join(folder, 'lib', version, 'site-packages') }
}

/** Writes a file and gives it its old times. */
function exchange(file: string, text: string): void {
  const { atime, mtime, size } = statSync(file)
  expect(text).toHaveLength(size)
  writeFileSync(file, text)
  utimesSync(file, atime, mtime)
}

test.each<[what: string, difference: string, spoil: (site: string) => void]>([
  [
    'edited, with its old size and time',
    'tiny/core.py changed',
    (site) => exchange(join(site, 'tiny/core.py'), 'value = 2'),
  ],
  [
    'exchanged bytecode, with its old size and time',
    'tiny/__pycache__/core.cpython-311.pyc changed',
    (site) => exchange(join(site, 'tiny/__pycache__/core.cpython-311.pyc'), 'compiled 2'),
  ],
  ['removed', 'tiny/core.py is missing', (site) => rmSync(join(site, 'tiny/core.py'))],
  ['a sitecustomize.py', 'sitecustomize.py was added', (site) => addFiles(site, { 'sitecustomize.py': '' })],
  ['a .pth', 'more.pth was added', (site) => addFiles(site, { 'more.pth': '/elsewhere' })],
  [
    'a link that leads elsewhere',
    'tiny/alias.py changed',
    (site) => {
      rmSync(join(site, 'tiny/alias.py'))
      symlinkSync('other.py', join(site, 'tiny/alias.py'))
    },
  ],
])('%s: the environment is made again, and the first such file is named', async (_, difference, spoil) => {
  const { shop, made, folder, site } = await standing()
  spoil(site)
  expect(
    await withVariables({ BLACKSMITH_PYTHON: undefined }, () => inspectEnvironment('tiny', shop)),
  ).toEqual(made)
  expect(await ensure(shop)).toEqual(made)
  expect(installs(shop)).toBe(2)
  const path = `${site.slice(folder.length + 1)}/${difference}`
  expect(shop.lines[0]).toBe(
    `the Python environment tiny is not what it was made as (${path}); it is made again`,
  )
  expect(shop.lines[1]).toMatch(/^the Python environment tiny: it is made with Python 3\./)
  shop.lines.length = 0
  expect(await ensure(shop)).toEqual(made)
  expect(shop.lines).toEqual([])
})

test.each<[what: string, move: (site: string) => void]>([
  ['its rights', (site) => chmodSync(join(site, 'tiny/core.py'), 0o600)],
  ['its time', (site) => utimesSync(join(site, 'tiny/core.py'), 1, 1)],
  [
    'its place on the disk, as a backup that was put back',
    (site) => {
      cpSync(join(site, 'tiny'), join(site, 'copy'), { recursive: true, preserveTimestamps: true })
      rmSync(join(site, 'tiny'), { recursive: true })
      renameSync(join(site, 'copy'), join(site, 'tiny'))
      rmSync(join(site, 'tiny/alias.py'))
      symlinkSync('core.py', join(site, 'tiny/alias.py'))
    },
  ],
])('a file that changed only %s costs one reading, and no installation', async (_, move) => {
  const { shop, made, folder, site } = await standing()
  move(site)
  expect(await untouched(folder)).toBeUndefined()
  // What has just been changed could change again without a trace, until the clock of files has moved.
  await delay(100)
  expect(await ensure(shop)).toEqual(made)
  expect(installs(shop)).toBe(1)
  expect(shop.lines).toEqual([])
  expect(await untouched(folder)).toBeDefined()
})

test('bytecode that nobody installed is removed, and is no reason to make it again', async () => {
  const { shop, made, site } = await standing()
  addFiles(site, { 'tiny/__pycache__/late.cpython-311.pyc': 'stray', '__pycache__/x.nbi': 'stray' })
  expect(await ensure(shop)).toEqual(made)
  expect(installs(shop)).toBe(1)
  expect(existsSync(join(site, 'tiny/__pycache__/late.cpython-311.pyc'))).toBe(false)
  expect(existsSync(join(site, '__pycache__/x.nbi'))).toBe(false)
  expect(existsSync(join(site, 'tiny/__pycache__/core.cpython-311.pyc'))).toBe(true)
})

test('an environment without a record of its files is made again once', async () => {
  const { shop, made, folder } = await standing()
  rmSync(join(folder, 'environment.files'))
  expect(await ensure(shop)).toEqual(made)
  expect(shop.lines[0]).toBe(
    'the Python environment tiny was made before its files were recorded; it is made again',
  )
  await ensure(shop)
  expect(installs(shop)).toBe(2)
})

test('two that find it changed make it again once', async () => {
  const { shop, site } = await standing()
  exchange(join(site, 'tiny/core.py'), 'value = 2')
  const [one, two] = await Promise.all([ensure(shop), ensure(shop)])
  expect(one).toEqual(two)
  expect(installs(shop)).toBe(2)
})

describe('while an environment is used', () => {
  test('a file that was edited and put back is named', async () => {
    const { shop, folder, site } = await standing()
    const environment = await ensure(shop)
    expect(importedFrom(environment)).toEqual([folder])
    expect(await touchedSince(environment)).toBeUndefined()
    await delay(100)
    exchange(join(site, 'tiny/core.py'), 'value = 2')
    exchange(join(site, 'tiny/core.py'), 'value = 1')
    const path = `${site.slice(folder.length + 1)}/tiny/core.py`
    expect(await touchedSince(environment)).toBe(`${path} changed`)
    rmSync(join(site, 'tiny/core.py'))
    expect(await touchedSince(environment)).toBe(`${path} is missing`)
  })

  test('one that was added is named, but for bytecode', async () => {
    const { shop, folder, site } = await standing()
    const environment = await ensure(shop)
    addFiles(site, { 'tiny/__pycache__/late.cpython-311.pyc': '' })
    mkdirSync(join(site, 'empty'))
    expect(await touchedSince(environment)).toBeUndefined()
    addFiles(site, { 'tiny/late.py': '' })
    expect(await touchedSince(environment)).toBe(`${site.slice(folder.length + 1)}/tiny/late.py was added`)
  })
})
