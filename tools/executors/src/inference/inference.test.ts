import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { workspaceLayout } from '@blacksmith/config/header'
import { parsedFolder } from '@blacksmith/store'
import { experimentProject } from './experiment-project'
import { isPackageChain, projectRootOf } from './python-projects'
import { lookAround } from './surroundings'

const area = mkdtempSync(join(tmpdir(), 'blacksmith-inference-'))
const before = process.env.BLACKSMITH_HOME
beforeAll(() => {
  process.env.BLACKSMITH_HOME = join(area, 'home')
})
afterAll(() => {
  if (before === undefined) delete process.env.BLACKSMITH_HOME
  else process.env.BLACKSMITH_HOME = before
  rmSync(area, { recursive: true })
})

const python = 'libs/python/blacksmith'
const experiment = 'experiments/plain/tiny/experiment.yaml'
const yaml = 'description: Tiny\ndataset: { name: counts }\nmodel: { name: sum }\ndevices: [cpu]\n'

let workspaceRoot: string
const write = (path: string, text: string) => {
  mkdirSync(dirname(join(workspaceRoot, path)), { recursive: true })
  writeFileSync(join(workspaceRoot, path), text)
}
beforeEach(() => {
  workspaceRoot = mkdtempSync(join(area, 'workspace-'))
  write(experiment, yaml)
  write(`${python}/__init__.py`, '')
  write(`${python}/training/__init__.py`, '')
  write(`${python}/training/tensorfile.py`, 'import os\n')
  write(`${python}/datasets/__init__.py`, '')
  write(`${python}/datasets/counts/__init__.py`, '')
  write(`${python}/datasets/counts/schema.ts`, '')
  write(`${python}/datasets/counts/prepare.py`, 'import blacksmith.training.tensorfile\n')
})

const layout = workspaceLayout(join(__dirname, '../../../..'))

const project = () => {
  const { surroundings, save } = lookAround(workspaceRoot)
  const inferred = experimentProject(surroundings, experiment)
  save()
  return inferred
}

test('what a preparation imports from outside the data set’s folder is an input of it, packages on the way too', () => {
  const inputs = project().targets?.['prepare-data']?.inputs
  expect(inputs).toContain(`{workspaceRoot}/${python}/training/tensorfile.py`)
  expect(inputs).toContain(`{workspaceRoot}/${python}/training/__init__.py`)
  expect(inputs).not.toContain(`{workspaceRoot}/${python}/datasets/counts/prepare.py`)
})

test('every experiment depends on its data set and on the trainer, whatever its recipe imports', () => {
  expect(project().implicitDependencies).toEqual(['dataset-counts', 'python-training'])
})

test('an overlay that comes or goes changes the configurations, whatever is remembered of the YAML', () => {
  const configurations = () => Object.keys(project().targets?.train?.configurations ?? {})
  expect(configurations()).toEqual([])
  write('experiments/plain/tiny/configs/full.yaml', '')
  expect(configurations()).toEqual(['full'])
  rmSync(join(workspaceRoot, 'experiments/plain/tiny/configs'), { recursive: true })
  expect(configurations()).toEqual([])
})

test('a change in the YAML shows at once', () => {
  expect(project().metadata?.description).toBe('Tiny')
  write(experiment, yaml.replace('Tiny', 'Small'))
  expect(project().metadata?.description).toBe('Small')
})

test('an experiment that cannot be read is a project all the same, each time it is asked for', () => {
  write(experiment, 'description: [\n')
  for (let time = 0; time < 2; time++) {
    expect(project()).toMatchObject({
      name: 'plain-tiny',
      metadata: { description: expect.stringContaining('cannot be read') },
    })
  }
})

test('experiments that cannot be read have names of their own wherever experiments lie', () => {
  write(
    'nx.json',
    '{ "plugins": [{ "plugin": "@blacksmith/executors", "options": { "experiments": "a/b" } }] }',
  )
  const { surroundings } = lookAround(workspaceRoot)
  const names = ['one', 'two'].map((name) => {
    write(`a/b/plain/${name}/experiment.yaml`, 'description: [\n')
    return experimentProject(surroundings, `a/b/plain/${name}/experiment.yaml`).name
  })
  expect(names).toEqual(['plain-one', 'plain-two'])
})

test('a broken cache, or a folder that cannot be written, costs time and nothing else', () => {
  project()
  writeFileSync(join(parsedFolder(), 'outlines.json'), '{"format":1,"entries":[["')
  expect(project().metadata?.description).toBe('Tiny')
  rmSync(parsedFolder(), { recursive: true })
  writeFileSync(parsedFolder(), 'no folder')
  expect(project().metadata?.description).toBe('Tiny')
  rmSync(parsedFolder())
})

test.each([
  [`${python}/training/runner.py`, `${python}/training`],
  [`${python}/datasets/counts/prepare.py`, `${python}/datasets/counts`],
  [`${python}/datasets/counts/deep/part.py`, `${python}/datasets/counts`],
  [`${python}/models/plain/sum/__init__.py`, `${python}/models/plain/sum`],
  [`${python}/common/h.py`, `${python}/common`],
  ['libs/python/ours/part.py', 'libs/python/ours'],
])('%s belongs to the project %s, so that a change of it selects who imports it', (file, root) => {
  expect(projectRootOf(layout, file)).toBe(root)
})

test.each([
  'libs/python/mylib.py',
  `${python}/__init__.py`,
  `${python}/datasets/__init__.py`,
  `${python}/models/plain/__init__.py`,
])('%s is of no project, and an input of every target', (file) => {
  expect(isPackageChain(layout, file)).toBe(true)
})

test('declared inputs and own data inside the workspace are inputs, so that a change of them selects', () => {
  write(
    experiment,
    `${yaml.replace('{ name: counts }', '{ name: counts, path: data/x.tsv }')}inputs: [curve.json, ../../../common/*.txt]\n`,
  )
  const { targets } = project()
  expect(targets?.train?.inputs).toEqual(
    expect.arrayContaining([
      '{workspaceRoot}/experiments/plain/tiny/curve.json',
      '{workspaceRoot}/common/*.txt',
    ]),
  )
  expect(targets?.['prepare-data']?.inputs).toContain('{workspaceRoot}/data/x.tsv')
})

test('what config.ts imports from outside all projects is an input of every target that Nx keeps', () => {
  write('experiments/plain/tiny/config.ts', "import { sizes } from '../../../common'\n")
  write('common.ts', 'export const sizes = [1]\n')
  const kept = Object.values(project().targets ?? {}).filter(({ cache }) => cache)
  expect(kept).toHaveLength(3)
  for (const { inputs } of kept) expect(inputs).toContain('{workspaceRoot}/common.ts')
})

test('what a data set declares, anywhere in the workspace, is an input of its preparation', () => {
  const inputs = () => project().targets?.['prepare-data']?.inputs
  write(`${python}/datasets/counts/sources.yaml`, '- inputs: [labels.txt, ../../../../../lists/*.txt]\n')
  expect(inputs()).toEqual(
    expect.arrayContaining([
      `{workspaceRoot}/${python}/datasets/counts/labels.txt`,
      '{workspaceRoot}/lists/*.txt',
    ]),
  )
})

test.each([
  ['cannot be read', '- inputs: [labels.txt'],
  ['declares what is outside of the workspace', '- inputs: [../../../../../../x.txt]\n'],
])('a sources.yaml that %s takes no project away', (_what, text) => {
  write(`${python}/datasets/counts/sources.yaml`, text)
  expect(JSON.stringify(project().targets?.['prepare-data']?.inputs)).not.toMatch(/\/(labels|x)\.txt/)
})
