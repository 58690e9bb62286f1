import { execFileSync } from 'node:child_process'
import { mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { readCode } from './code'
import standardNames from './imports/standard-modules.json'
import { headerWith, makeWorkspace, removeWorkspaces } from './testing/workspace'

afterAll(removeWorkspaces)

const directory = 'experiments/plain/tiny'
const training = 'libs/python/blacksmith/training'

function workspaceWith(recipe: string, more: Record<string, string> = {}) {
  return makeWorkspace({
    'libs/python/blacksmith/__init__.py': '',
    [`${training}/__init__.py`]: '',
    [`${training}/__main__.py`]: '',
    [`${directory}/recipe.py`]: recipe,
    ...more,
  })
}

test('a helper that is named like a test is refused, since nx affected passes over it', () => {
  const { root } = workspaceWith('import ab_test\n', { [`${directory}/ab_test.py`]: '' })
  expect(() => readCode(root, 'train', headerWith())).toThrow(/ab_test\.py.*named like a test/)
})

test.each(['json.py', 'types/__init__.py'])(
  'a %s in a Python root is refused where it is imported: it would stand for Python’s own',
  (file) => {
    const name = file.replace(/\W.*/, '')
    const { root } = workspaceWith(`import ${name}\n`, { [`libs/python/${file}`]: '' })
    expect(() => readCode(root, 'train', headerWith())).toThrow(
      new RegExp(`libs/python/${file} {2}takes the place of Python's own module ${name},.*rename it`, 's'),
    )
    const unused = workspaceWith('', { [`libs/python/${file}`]: '' })
    expect(() => readCode(unused.root, 'train', headerWith())).not.toThrow()
  },
)

const otherPackages = (...packages: string[]) =>
  JSON.stringify({ plugins: [{ plugin: '@blacksmith/executors', options: { packages } }] })

test('two files that one name would stand for in the key are refused', () => {
  const { root } = workspaceWith('import steel.ingot, steel.heat\n', {
    'nx.json': otherPackages('libs/python/blacksmith', 'more/forge'),
    'libs/python/steel/ingot.py': '',
    'more/steel/ingot.py': '',
    'more/steel/heat.py': 'from . import ingot\n',
  })
  expect(() => readCode(root, 'train', headerWith())).toThrow(
    /more\/steel\/ingot\.py {2}is imported by the same name as libs\/python\/steel\/ingot\.py/,
  )
})

test('a module beside a recipe is none of the preparation’s, which experiments share', () => {
  const { root } = workspaceWith('', {
    'libs/python/blacksmith/datasets/counts/prepare.py': 'import util\n',
    'libs/python/util.py': '',
    [`${directory}/util.py`]: '',
  })
  expect(Object.keys(readCode(root, 'prepare-data', headerWith()).digests)).toContain('python/util.py')
})

test('a package of one’s own that is named blacksmith is refused by its name', () => {
  const { root } = workspaceWith('', {
    'nx.json': otherPackages('own/blacksmith'),
    'own/blacksmith/__init__.py': '',
  })
  expect(() => readCode(root, 'train', headerWith())).toThrow(
    /own\/blacksmith\/training.* a package named blacksmith is taken for .*another name/s,
  )
})

test('the modules of the Python that tests run are known', () => {
  const program = 'import json, sys; print(json.dumps([n for n in sys.stdlib_module_names if n[0] != "_"]))'
  const names = JSON.parse(execFileSync('python3', ['-c', program], { encoding: 'utf8' })) as string[]
  expect(standardNames).toEqual(expect.arrayContaining(names))
})

test('a link to another place of the workspace is refused, since nx affected does not look there', () => {
  const { root } = workspaceWith('import helper\n', { 'elsewhere/helper.py': '' })
  symlinkSync(join(root, 'elsewhere/helper.py'), join(root, directory, 'helper.py'))
  expect(() => readCode(root, 'train', headerWith())).toThrow(/helper\.py.*leads to elsewhere\/helper\.py/)
})

test('a link out of the workspace counts as the file that it leads to', () => {
  const { root, area } = workspaceWith('import helper\n')
  mkdirSync(join(area, 'own'))
  const own = makeWorkspace({ 'helper.py': 'X = 1\n' })
  symlinkSync(join(own.root, 'helper.py'), join(root, directory, 'helper.py'))
  const before = readCode(root, 'train', headerWith()).digests['experiment/helper.py']
  own.write('helper.py', 'X = 2\n')
  expect(readCode(root, 'train', headerWith()).digests['experiment/helper.py']).not.toBe(before)
})

test('of the trainer a preparation is keyed by what seeds its draws, and a training by all', () => {
  const { root } = workspaceWith('', {
    [`${training}/__main__.py`]: 'import blacksmith.training.seeding\nimport blacksmith.training.events\n',
    [`${training}/events.py`]: '',
    [`${training}/seeding.py`]: 'import blacksmith.training.frameworks.numpy\n',
    [`${training}/frameworks/__init__.py`]: '',
    [`${training}/frameworks/numpy.py`]: 'import numpy\n',
    'libs/python/blacksmith/datasets/counts/prepare.py': '',
  })
  const keyed = (target: 'prepare-data' | 'train') =>
    Object.keys(readCode(root, target, headerWith()).digests).filter((name) => name.includes('/training/'))
  const seeds = ['frameworks/__init__.py', 'frameworks/numpy.py', 'seeding.py']
  const named = (names: string[]) => names.map((name) => `python/blacksmith/training/${name}`).sort()
  expect(keyed('prepare-data').sort()).toEqual(named(seeds))
  expect(keyed('train').sort()).toEqual(named([...seeds, '__init__.py', '__main__.py', 'events.py']))
})
