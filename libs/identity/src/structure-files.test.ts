import { symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { structureReads } from './structure-files'
import { makeWorkspace, removeWorkspaces } from './testing/workspace'

afterAll(removeWorkspaces)

const directory = 'experiments/plain/tiny'
const config = `${directory}/config.ts`
const dataset = 'libs/python/blacksmith/datasets/counts/schema.ts'
const reads = (files: Record<string, string>) => {
  const { root } = makeWorkspace({ 'libs/python/blacksmith/__init__.py': '', ...files })
  return structureReads(root, directory)
}

test('what stands in the experiment’s folder or in a Python package is watched by itself', () => {
  const files = {
    [config]:
      "import { a } from './more'\nexport { counts } from '../../../libs/python/blacksmith/datasets/counts/schema'\n",
    'experiments/plain/tiny/more/index.ts': 'export const a = 1\n',
    [dataset]: "import { z } from '@blacksmith/config'\nimport { more } from '../../models/plain/schema'\n",
    'libs/python/blacksmith/models/plain/schema.ts': '',
  }
  expect(reads(files)).toEqual([])
})

test.each([
  ['beside the experiments', "import { a } from '../../../common'\n", 'common.ts'],
  ['in another experiment', 'const a = require("../other/config")\n', 'experiments/plain/other/config.ts'],
  ['as JSON', "import a from '../../sizes.json'\n", 'experiments/sizes.json'],
  ['by the name that it is compiled to', "import { a } from '../../../common.js'\n", 'common.ts'],
  ['as JavaScript', "import { a } from '../../../plain'\n", 'plain.js'],
  ['when it is asked for', "const a = await import('../../../common.ts')\n", 'common.ts'],
])('what stands %s is named', (_where, text, file) => {
  expect(reads({ [config]: text, [file]: '' })).toEqual([file])
})

test('so is what a data set’s parameters import from elsewhere, and what that imports', () => {
  const files = {
    [config]: "import { counts } from '../../../libs/python/blacksmith/datasets/counts/schema'\n",
    [dataset]: "import { a } from '../../../../../common'\n",
    'common.ts': "export * from './deeper'\n",
    'deeper.ts': '',
  }
  expect(reads(files).sort()).toEqual(['common.ts', 'deeper.ts'])
})

test('of a link it is named where it leads', () => {
  const { root } = makeWorkspace({ [config]: "import './linked'\n", 'common.ts': '' })
  symlinkSync(join(root, 'common.ts'), join(root, directory, 'linked.ts'))
  expect(structureReads(root, directory)).toEqual(['common.ts'])
})

test('an experiment without a config.ts reads none', () => {
  expect(reads({ [`${directory}/experiment.yaml`]: '' })).toEqual([])
})
