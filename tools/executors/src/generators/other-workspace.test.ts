import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import type { Tree } from '@nx/devkit'
import { FsTree } from 'nx/src/generators/tree'
import dataset from './dataset/generator'
import experiment from './experiment/generator'
import init from './init/generator'
import model from './model/generator'

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'blacksmith-other-'))
  write('package.json', '{ "name": "other", "devDependencies": { "@blacksmith/config": "0.0.9" } }')
  write('nx.json', '{}')
  // Where npm puts our Python.
  mkdirSync(join(root, 'node_modules/@blacksmith'), { recursive: true })
  symlinkSync(resolve(__dirname, '../../../../libs/python'), join(root, 'node_modules/@blacksmith/python'))
})
afterEach(() => rmSync(root, { recursive: true }))

const write = (path: string, text: string) => {
  mkdirSync(dirname(join(root, path)), { recursive: true })
  writeFileSync(join(root, path), text)
}
const tree = (): Tree => new FsTree(root, false)
const text = (of: Tree, path: string) => of.read(path, 'utf8') ?? ''
const json = (of: Tree, path: string) => JSON.parse(text(of, path)) as Record<string, unknown>
const withPackage = (...packages: string[]) =>
  write('nx.json', JSON.stringify({ plugins: [{ plugin: '@blacksmith/executors', options: { packages } }] }))

describe('init', () => {
  test('names the plugin and a Python package, ignores what is made, adds what is missing', () => {
    const made = tree()
    write('.gitignore', '/node_modules\n/dist')
    init(made, { package: 'forge' })
    expect(json(made, 'nx.json')).toEqual({
      tui: { enabled: false },
      plugins: [{ plugin: '@blacksmith/executors', options: { packages: ['python/forge'] } }],
    })
    expect(made.exists('python/forge/datasets/__init__.py')).toBe(true)
    expect(text(made, '.gitignore')).toBe(
      '/node_modules\n/dist\n.nx/\n__pycache__/\n/schemas/\nparameters.pyi\n.env.local\n',
    )
    expect(json(made, 'package.json').devDependencies).toEqual({
      '@blacksmith/cli': '0.1.0',
      '@blacksmith/config': '0.0.9',
      '@blacksmith/python': '0.1.0',
    })
  })

  test('keeps what is there: other plugins, options, a package that is named already', () => {
    const options = { experiments: 'trials', packages: ['src/anvil'] }
    const plugins = ['@nx/js', { plugin: '@blacksmith/executors', options }, 'another']
    write('nx.json', JSON.stringify({ plugins, tui: { enabled: true } }))
    const made = tree()
    init(made, {})
    expect(json(made, 'nx.json')).toEqual({ plugins, tui: { enabled: true } })
    expect(made.exists('src/anvil/__init__.py')).toBe(true)
  })

  test('another package than those that are named is refused, and not passed over', () => {
    withPackage('python/forge')
    expect(() => init(tree(), { package: 'tongs' })).toThrow(
      /nx\.json names python\/forge already.*add python\/tongs to the packages in nx\.json/s,
    )
    expect(() => init(tree(), { package: 'forge' })).not.toThrow()
  })

  test('a plugin that stands there by its name alone gets its options at its place', () => {
    write('nx.json', '{ "plugins": ["@blacksmith/executors", "another"] }')
    const made = tree()
    init(made, { package: 'forge' })
    expect(json(made, 'nx.json').plugins).toEqual([
      { plugin: '@blacksmith/executors', options: { packages: ['python/forge'] } },
      'another',
    ])
  })

  test.each([
    ['blacksmith', /--package .*blacksmith is imported as something else/],
    ['json', /--package .*json is imported as something else/],
    ['torch', /--package .*torch is imported as something else/],
    ['my-forge', /--package .*"my-forge" cannot be used/],
  ])('the package %s is refused', (name, words) => {
    expect(() => init(tree(), { package: name })).toThrow(words)
  })
})

test('new data sets and models go into the first package, and without one init is advised', () => {
  expect(() => dataset(tree(), { name: 'shells' })).toThrow(/nx g @blacksmith\/executors:init/)
  withPackage('python/forge', 'python/tongs')
  const made = tree()
  dataset(made, { name: 'shells' })
  model(made, { name: 'net', framework: 'jax' })
  expect(made.exists('python/forge/datasets/shells/prepare.py')).toBe(true)
  expect(text(made, 'python/forge/models/jax/net/net_test.py')).toContain('from forge.models.jax import net')
})

test('an experiment imports each part from the package that has it', () => {
  withPackage('python/forge')
  const made = tree()
  dataset(made, { name: 'shells' })
  experiment(made, { name: 'new', framework: 'lightning', model: 'mlp', dataset: 'shells' })
  const recipe = text(made, 'experiments/lightning/new/recipe.py')
  expect(recipe).toContain('from forge.datasets.shells.splits import load_split')
  expect(recipe).toContain('from blacksmith.models.lightning.mlp import MLP')
  const config = text(made, 'experiments/lightning/new/config.ts')
  expect(config).toContain("from '../../../python/forge/datasets/shells/schema'")
  expect(config).toContain("'@blacksmith/python/blacksmith/models/lightning/mlp/schema'")
})

describe('a framework of the workspace’s own', () => {
  beforeEach(() => {
    withPackage('python/forge')
    write(
      'python/forge/models/anvil/block/schema.ts',
      "import { z } from '@blacksmith/config'\nexport const block = z.object({})\n",
    )
    write(
      'python/forge/models/anvil/block/__init__.py',
      'class Block:\n    def __init__(self, inputs: int, classes: int) -> None: ...\n',
    )
    write(
      'python/forge/skeletons/anvil/experiment/recipe.py.template',
      'from <%= model.parent %>.<%= model.name %> import <%= model.class %>\n',
    )
    write('python/forge/skeletons/anvil/model/__init__.py.template', 'class <%= className %>: ...\n')
    symlinkSync(
      resolve(__dirname, '../../../../node_modules/@blacksmith/config'),
      join(root, 'node_modules/@blacksmith/config'),
    )
  })

  test('has a skeleton in its package, which stands among ours', () => {
    const made = tree()
    experiment(made, { name: 'new', framework: 'anvil', model: 'block', dataset: 'mnist' })
    expect(text(made, 'experiments/anvil/new/recipe.py')).toBe('from forge.models.anvil.block import Block\n')
    expect(text(made, 'experiments/anvil/new/README.md')).toContain('with anvil')
    model(made, { name: 'hammer', framework: 'anvil' })
    expect(text(made, 'python/forge/models/anvil/hammer/__init__.py')).toBe('class Hammer: ...\n')
    expect(made.exists('python/forge/models/anvil/hammer/schema.ts')).toBe(true)
  })

  test('is named where another one is mistyped', () => {
    expect(() => experiment(tree(), { name: 'new', framework: 'anvill' })).toThrow(
      /did you mean anvil\? \(there are: jax, lightning, torch, anvil\)/,
    )
  })
})
