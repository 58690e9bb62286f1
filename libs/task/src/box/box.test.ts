import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type BoxAccess, boxRules, formatRules } from './box'

const area = mkdtempSync(join(tmpdir(), 'blacksmith-box-'))
const dev = join(area, 'dev')
for (const node of [
  'nvidia0',
  'nvidiactl',
  'nvidia-uvm',
  'dri',
  'tenstorrent',
  'hugepages-1G',
  'sda',
  'kmsg',
])
  mkdirSync(join(dev, node), { recursive: true })
afterAll(() => rmSync(area, { recursive: true }))

const rules = (o: Partial<BoxAccess> = {}) =>
  boxRules(
    { kind: 'cpu', python: 'python3', capsule: '/capsule', read: [], list: [], write: [], closed: [], ...o },
    dev,
  )
const of = (path: string, o?: Partial<BoxAccess>) => rules(o).find((rule) => rule.path === path)?.rights

test('programs and libraries of the system can be run, and nothing of it be written', () => {
  expect(of('/usr')).toBe('rx')
  expect(of('/etc')).toBe('r')
  expect(of('/dev')).toBe('l')
  const written = rules().filter(({ rights }) => rights.includes('w'))
  expect(written.map(({ path }) => path)).toEqual(expect.arrayContaining(['/dev/null', '/dev/shm']))
  expect(written.every(({ path }) => path.startsWith('/dev/'))).toBe(true)
})

test('homes and temporary files of others are in no rule', () => {
  const covers = (path: string) =>
    rules().some((rule) => path === rule.path || path.startsWith(`${rule.path}/`))
  expect(
    ['/home/somebody', '/home/other/.bashrc', '/tmp/x', '/srv/data', '/var/lib/x'].filter(covers),
  ).toEqual([])
})

test('a workspace inside a folder of the system stays closed, and all else in that folder open', () => {
  const inside = rules({ closed: ['/usr/share/doc'] }).map(({ path }) => path)
  expect(inside).not.toContain('/usr')
  expect(inside).not.toContain('/usr/share')
  expect(inside).not.toContain('/usr/share/doc')
  expect(inside).toContain('/usr/lib')
})

test.each([
  ['cpu', []],
  ['gpu', ['nvidia0', 'nvidiactl', 'nvidia-uvm', 'dri']],
  ['tt', ['tenstorrent', 'hugepages-1G']],
] as const)('a run on %s gets the device nodes of its kind: %j', (kind, nodes) => {
  const opened = rules({ kind })
    .filter(({ path }) => path.startsWith(area))
    .map(({ path, rights }) => `${rights} ${path.slice(dev.length + 1)}`)
  expect(opened.sort()).toEqual(nodes.map((node) => `rw ${node}`).sort())
})

test('the environment comes with the interpreter that it was made with', () => {
  const environment = join(area, 'environment')
  mkdirSync(join(environment, 'lib/python3.11'), { recursive: true })
  mkdirSync(join(area, 'python/lib/python3.11'), { recursive: true })
  writeFileSync(join(environment, 'pyvenv.cfg'), `home = ${join(area, 'python/bin')}\nversion = 3.11.7\n`)
  const python = join(environment, 'bin/python')
  expect(of(environment, { python })).toBe('rx')
  expect(of(join(area, 'python'), { python })).toBe('rx')
})

test('a command that stands for an interpreter opens itself, and not the folder that it lies in', () => {
  const home = join(area, 'home')
  mkdirSync(join(home, 'bin'), { recursive: true })
  writeFileSync(join(home, 'bin/python'), '#!/bin/sh\n')
  expect(of(home, { python: join(home, 'bin/python') })).toBeUndefined()
  expect(of(join(home, 'bin/python'), { python: join(home, 'bin/python') })).toBe('rx')
})

test('an environment in the root of the workspace opens its parts, and nothing else there', () => {
  const environment = join(area, 'workspace')
  mkdirSync(join(environment, 'lib/python3.11'), { recursive: true })
  const o = { python: join(environment, 'bin/python'), closed: [environment] }
  expect(of(environment, o)).toBeUndefined()
  expect(of(join(environment, 'lib'), o)).toBe('rx')
})

test('rules are written a line each, and a name of two lines is refused', () => {
  expect(formatRules([{ rights: 'r', path: '/a b' }], 'closed')).toBe('r /a b\nnet closed\n')
  expect(() => formatRules([{ rights: 'r', path: '/a\nw /' }], 'open')).toThrow(/line break/)
})
