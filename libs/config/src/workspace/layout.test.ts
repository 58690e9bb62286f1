import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { isUserError } from '../errors/user-error'
import { experimentFolders } from '../header/experiment-folders'
import { readHeader } from '../header/read-header'
import { datasetFolder, workspaceLayout } from './layout'
import { namedRemote } from './named-remote'
import { pluginOptionsJsonSchema } from './options'

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'blacksmith-layout-'))
})
afterEach(() => rmSync(root, { recursive: true }))

const write = (path: string, text = '') => {
  mkdirSync(dirname(join(root, path)), { recursive: true })
  writeFileSync(join(root, path), text)
}
const writeOptions = (options: unknown) =>
  write('nx.json', JSON.stringify({ plugins: ['other', { plugin: '@blacksmith/executors', options }] }))

function refusal(options: unknown): string[] {
  writeOptions(options)
  try {
    workspaceLayout(root)
    return []
  } catch (error) {
    if (!isUserError(error)) throw error
    return error.problems.map(({ file, field, message }) => `${file} ${field} ${message}`)
  }
}

test('without options a workspace that holds our Python is laid out as this repository is', () => {
  write('libs/python/blacksmith/__init__.py')
  expect(workspaceLayout(root)).toEqual({
    experiments: 'experiments',
    packages: [{ name: 'blacksmith', folder: 'libs/python/blacksmith' }],
    pythonRoots: ['libs/python'],
    requirements: ['libs/python/requirements'],
    distribution: 'libs/python',
  })
})

test('another workspace finds our Python where npm puts it, after its own packages', () => {
  writeOptions({ experiments: 'research/runs', packages: ['python/forge', 'lib/py/tongs/'] })
  expect(workspaceLayout(root)).toEqual({
    experiments: 'research/runs',
    packages: [
      { name: 'forge', folder: 'python/forge' },
      { name: 'tongs', folder: 'lib/py/tongs' },
      { name: 'blacksmith', folder: 'node_modules/@blacksmith/python/blacksmith' },
    ],
    pythonRoots: ['python', 'lib/py', 'node_modules/@blacksmith/python'],
    requirements: ['python/requirements', 'node_modules/@blacksmith/python/requirements'],
    distribution: 'node_modules/@blacksmith/python',
  })
})

test('a change of nx.json shows at once, comments in it are read over', () => {
  write('nx.json', '{}')
  expect(workspaceLayout(root).experiments).toBe('experiments')
  write(
    'nx.json',
    '{ // where we work\n "plugins": [{ "plugin": "@blacksmith/executors", "options": { "experiments": "trials" } },] }',
  )
  expect(workspaceLayout(root).experiments).toBe('trials')
})

test('experiments are found, and may stand, in the folder of the options alone', () => {
  writeOptions({ experiments: 'research/runs' })
  const yaml = 'description: x\ndataset: { name: a }\nmodel: { name: b }\ndevices: [cpu]\n'
  write('research/runs/jax/tiny/experiment.yaml', yaml)
  write('experiments/jax/other/experiment.yaml', yaml)
  expect([...experimentFolders(root)]).toEqual([['jax-tiny', 'research/runs/jax/tiny']])
  expect(readHeader(root, 'research/runs/jax/tiny/experiment.yaml')).toMatchObject({
    project: 'jax-tiny',
    framework: 'jax',
  })
  expect(() => readHeader(root, 'experiments/jax/other/experiment.yaml')).toThrow(
    /move it to research\/runs\/<framework>\/<name>\/experiment\.yaml/,
  )
})

test('a data set is the first package’s that has it, and a new one is the first package’s', () => {
  writeOptions({ packages: ['python/forge'] })
  const ours = 'node_modules/@blacksmith/python/blacksmith'
  write('python/forge/datasets/iron/schema.ts')
  write(`${ours}/datasets/iron/schema.ts`)
  write(`${ours}/datasets/mnist/schema.ts`)
  write('python/forge/datasets/mnist/__pycache__/prepare.pyc')
  const folders = (...names: string[]) => names.map((name) => datasetFolder(root, name).folder)
  expect(folders('iron', 'mnist', 'new')).toEqual([
    'python/forge/datasets/iron',
    `${ours}/datasets/mnist`,
    'python/forge/datasets/new',
  ])
})

test.each([
  [{ experimints: 'x' }, 'options.experimints is no option of the plugin'],
  [{ experiments: 7 }, 'options.experiments 7 is no folder of the workspace'],
  [{ experiments: '/home/x' }, 'options.experiments "/home/x" is no folder of the workspace'],
  [{ experiments: '' }, 'options.experiments "" is no folder of the workspace'],
  [{ experiments: 'a/../../b' }, 'options.experiments "a/../../b" is no folder of the workspace'],
  [{ packages: 'python/forge' }, 'options.packages names no packages'],
  [{ packages: [] }, 'options.packages names no packages'],
  [{ packages: ['forge'] }, 'options.packages forge is no package that can be imported'],
  [{ packages: ['python/my-forge'] }, 'options.packages python/my-forge is no package that can be imported'],
  [
    { packages: ['a/forge', 'b/tongs', 'b/inside/anvil'] },
    'options.packages b/inside/anvil lies inside b, where Python searches for b/tongs already',
  ],
  [{ requirements: ['x'] }, 'options.requirements ["x"] is no folder of the workspace'],
  [{ remote: 7 }, 'options.remote 7 names no remote'],
  [{ remote: '' }, 'options.remote "" names no remote'],
  [{ trustedKeys: ['x'] }, 'options.trustedKeys "x" is no public key'],
  [{ trustedKeys: 7 }, 'options.trustedKeys 7 is no public key'],
  [['x'], 'options are no mapping'],
])('the options %j are refused with the file and the field', (options, words) => {
  expect(refusal(options)).toEqual([`nx.json plugins.@blacksmith/executors.${words}`])
})

test('two packages of one name are refused, each named', () => {
  expect(refusal({ packages: ['a/forge', 'b/forge', 'b/tongs'] })).toEqual(
    ['a/forge', 'b/forge'].map((path) => expect.stringContaining(`${path} has the name of another package`)),
  )
})

test('all that is wrong with the options comes at once', () => {
  expect(refusal({ experiments: 7, package: ['x'] })).toHaveLength(2)
})

test.each([
  [{}, undefined, undefined],
  [{ remote: '/srv/shared' }, undefined, '/srv/shared'],
  [{ remote: 'shared' }, undefined, '<root>/shared'],
  [{ remote: '/srv/shared' }, '/mnt/other', '/mnt/other'],
  [{ remote: '/srv/shared' }, 'off', undefined],
  [{ remote: 's3://bucket/prefix' }, '', 's3://bucket/prefix'],
])('with the options %j and BLACKSMITH_REMOTE=%s the remote is %s', (options, variable, expected) => {
  writeOptions(options)
  const env = variable === undefined ? {} : { BLACKSMITH_REMOTE: variable }
  expect(namedRemote(root, env)?.address).toBe(expected?.replace('<root>', root))
})

test('public keys come from nx.json, or from a variable that goes before it and can switch them off', () => {
  const [ours, other] = ['A', 'B'].map((letter) => `ed25519:${letter.repeat(43)}=`)
  writeOptions({ remote: '/srv/shared', trustedKeys: [ours] })
  const keys = (BLACKSMITH_TRUSTED_KEYS?: string) =>
    namedRemote(root, BLACKSMITH_TRUSTED_KEYS ? { BLACKSMITH_TRUSTED_KEYS } : {})?.trustedKeys
  expect(keys()).toEqual([ours])
  expect(keys(other)).toEqual([other])
  expect(keys('off')).toEqual([])
})

test('the schema for editors takes what is taken', () => {
  expect(Object.keys(pluginOptionsJsonSchema.properties)).toEqual([
    'experiments',
    'packages',
    'requirements',
    'remote',
    'trustedKeys',
  ])
})
