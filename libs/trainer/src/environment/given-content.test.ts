import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, statSync, truncateSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { addFiles, makeTree, removeTrees } from '../testing/tree'
import { makeWorkshop, realPython, type Workshop, withVariables } from '../testing/workshop'
import { type Environment, ensureEnvironment } from './environment'
import { digestPlace, type Keeping } from './given-content'
import { importedFrom, touchedSince } from './in-use'

jest.setTimeout(60_000)
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
    addFiles(project, { 'README.md': 'edited', '.git/HEAD': '', 'src/mylib/__pycache__/x.pyc': '' })
    expect((await look()).packages).toEqual(last.packages)
  })
})

describe('a place that Python imports from', () => {
  const content = async (root: string, keeping: Partial<Keeping> = {}) =>
    (await digestPlace(root, false, { home: '/nowhere', readOnly: true, onMuch: () => {}, ...keeping }))
      ?.content

  test('of a project counts what can be imported, and all that lies in packages', async () => {
    const project = makeTree({ 'a.py': '', 'data/one.csv': '', 'lib/__init__.py': '', 'lib/below/x.csv': '' })
    const before = await content(project)
    addFiles(project, {
      'data/one.csv': 'edited',
      'env/pyvenv.cfg': '',
      'env/lib/x.py': '',
      'node_modules/x.py': '',
    })
    expect(await content(project)).toBe(before)
    addFiles(project, { 'lib/below/x.csv': 'edited' })
    const edited = await content(project)
    expect(edited).not.toBe(before)
    addFiles(project, { 'data/script.py': '' })
    expect(await content(project)).not.toBe(edited)
  })

  test('counts whole where packages were installed into it', async () => {
    const folder = makeTree({ 'x-1.0.dist-info/METADATA': '', 'x.libs/libx.so.1': '1' })
    const before = await content(folder)
    addFiles(folder, { 'x.libs/libx.so.1': '2' })
    expect(await content(folder)).not.toBe(before)
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
