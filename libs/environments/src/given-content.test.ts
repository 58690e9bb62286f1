import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, statSync, truncateSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { addFiles, makeTree, removeTrees } from '../../config/src/testing/tree'
import { ensureEnvironment } from './ensure-environment'
import type { Environment } from './environment'
import { digestPathEntry, type Keeping } from './given-content'
import { givenEnvironment } from './given-environment'
import { importedFrom, touchedSince } from './in-use'
import { makeWorkshop, realPython, type Workshop, withVariables } from './testing/workshop'

afterAll(removeTrees)

describe('an interpreter that is given', () => {
  let shop: Workshop
  let site: string
  let project: string

  beforeAll(() => {
    shop = makeWorkshop()
    execFileSync(realPython, ['-m', 'venv', '--without-pip', join(shop.bin, 'venv')])
    const lib = join(shop.bin, 'venv', 'lib')
    site = join(lib, readdirSync(lib)[0] ?? '', 'site-packages')
    project = makeTree({
      'src/mylib/__init__.py': 'value = 1',
      'src/mylib/data.json': '{}',
      'src/single.py': '',
      'README.md': '',
    })
    const origin = JSON.stringify({ dir_info: { editable: true }, url: `file://${project}` })
    addFiles(site, {
      'plain/core.py': 'value = 1',
      'plain-1.0.dist-info/METADATA': 'Metadata-Version: 2.1\nName: plain\nVersion: 1.0\n',
      'mapped-1.0.dist-info/METADATA': 'Metadata-Version: 2.1\nName: mapped\nVersion: 1.0\n',
      'mapped-1.0.dist-info/direct_url.json': origin,
      'mapped-1.0.dist-info/RECORD': '__editable___mapped_finder.py,,\n__editable__.mapped-1.0.pth,,\n',
      '__editable__.mapped-1.0.pth': 'import __editable___mapped_finder\n',
      '__editable___mapped_finder.py': `MAPPING = {"mylib": "${project}/src/mylib", "single": "${project}/src/single"}\n`,
      'whole-2.0+cpu.dist-info/METADATA': 'Metadata-Version: 2.1\nName: whole\nVersion: 2.0+cpu\n',
      'whole-2.0+cpu.dist-info/direct_url.json': origin,
    })
  })

  const look = (): Promise<Environment> =>
    withVariables({ BLACKSMITH_PYTHON: join(shop.bin, 'venv/bin/python') }, () =>
      ensureEnvironment('tiny', shop),
    )

  test('says what it imports by content: an edited file, with its old size and time, is another environment', async () => {
    const before = await look()
    expect(before.content).toMatch(/^[0-9a-f]{64}$/)
    const file = join(site, 'plain/core.py')
    const { atime, mtime } = statSync(file)
    writeFileSync(file, 'value = 2')
    utimesSync(file, atime, mtime)
    expect(await touchedSince(before)).toBe('plain/core.py changed')
    const after = await look()
    expect(after.content).not.toBe(before.content)
    expect(after.packages).toEqual(before.packages)
    writeFileSync(file, 'value = 1')
    expect((await look()).content).toBe(before.content)
  })

  test('counts the data beside a loose module in a folder that a .pth names', async () => {
    const loose = makeTree({ 'loose.py': 'open("table.csv")', 'table.csv': '1' })
    addFiles(site, { 'loose.pth': `${loose}\n` })
    // An interpreter that was asked before is asked again where an installation may have changed its path.
    const lookAnew = () =>
      withVariables({ BLACKSMITH_PYTHON: join(shop.bin, 'venv/bin/python') }, () =>
        givenEnvironment('tiny', join(shop.bin, 'venv/bin/python'), { home: shop.home, anew: true }),
      )
    const before = await lookAnew()
    expect(importedFrom(before)).toContain(loose)
    addFiles(loose, { 'table.csv': '2' })
    expect((await lookAnew()).content).not.toBe(before.content)
  })

  test('names editable packages by what their modules are', async () => {
    const before = await look()
    expect(before.packages).toEqual({
      mapped: expect.stringMatching(/^1\.0\+editable\.[0-9a-f]{16}$/),
      plain: '1.0',
      whole: expect.stringMatching(/^2\.0\+cpu\.editable\.[0-9a-f]{16}$/),
    })
    expect(importedFrom(before)).toEqual(expect.arrayContaining([site, join(project, 'src/mylib'), project]))
    for (const path of ['src/mylib/__init__.py', 'src/mylib/data.json', 'src/single.py']) {
      const then = await look()
      addFiles(project, { [path]: `"edited ${path}"` })
      const now = await look()
      expect(now.packages.mapped).not.toBe(then.packages.mapped)
      expect(now.content).toBe(before.content)
    }
    const last = await look()
    addFiles(project, { '.git/HEAD': '', 'src/mylib/__pycache__/x.pyc': '' })
    expect((await look()).packages).toEqual(last.packages)
    addFiles(project, { 'README.md': 'edited' })
    const { mapped, whole } = (await look()).packages
    expect([mapped, whole]).toEqual([
      last.packages.mapped,
      expect.not.stringContaining(last.packages.whole ?? ''),
    ])
  })
})

describe('a place that Python imports from', () => {
  const content = async (root: string, keeping: Partial<Keeping> = {}) =>
    (await digestPathEntry(root, { home: '/nowhere', readOnly: true, onMuch: () => {}, ...keeping }))?.content

  test('counts whole, since a module can read what lies beside it; caches and other environments do not', async () => {
    const folder = makeTree({ 'a.py': '', 'table.csv': '1', 'data/one.csv': '1' })
    const before = await content(folder)
    addFiles(folder, {
      ...{ '.git/HEAD': '', '__pycache__/a.cpython-311.pyc': '', 'node_modules/x.py': '' },
      ...{ 'env/pyvenv.cfg': '', 'env/lib/x.py': '' },
    })
    expect(await content(folder)).toBe(before)
    addFiles(folder, { 'table.csv': '2' })
    const edited = await content(folder)
    expect(edited).not.toBe(before)
    addFiles(folder, { 'data/one.csv': '2' })
    expect(await content(folder)).not.toBe(edited)
  })

  test('may be a file, or not there', async () => {
    const folder = makeTree({ 'x.zip': '1' })
    const before = await content(join(folder, 'x.zip'))
    addFiles(folder, { 'x.zip': '2' })
    expect(await content(join(folder, 'x.zip'))).not.toBe(before)
    expect(await content(join(folder, 'nowhere'))).toBeUndefined()
  })

  test('is announced where reading it takes long, once', async () => {
    const home = makeTree()
    const folder = makeTree({ 'x.py': '' })
    truncateSync(join(folder, 'x.py'), 513 << 20)
    // What was changed just now would be read again.
    await delay(100)
    const onMuch = jest.fn()
    for (let i = 0; i < 2; i++) await content(folder, { home, readOnly: false, onMuch })
    expect(onMuch.mock.calls).toEqual([[folder, 513 << 20]])
  })

  test('is known again where that may be written, and nothing is written for a plan', async () => {
    const home = join(makeTree(), 'home')
    const folder = makeTree({ 'x.py': '' })
    const before = await content(folder, { home })
    expect(existsSync(home)).toBe(false)
    expect(await content(folder, { home, readOnly: false })).toBe(before)
    expect(readdirSync(join(home, 'given'))).toEqual([expect.stringMatching(/^[0-9a-f]{32}\.files$/)])
    expect(await content(folder, { home })).toBe(before)
  })
})
