import { symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { refuseUnwatchedStructure } from './structure-files'
import { headerWith, makeWorkspace, removeWorkspaces } from './testing/workspace'

afterAll(removeWorkspaces)

const config = 'experiments/plain/tiny/config.ts'
const dataset = 'libs/python/blacksmith/datasets/counts/schema.ts'
const refusal = (files: Record<string, string>) => {
  const { root } = makeWorkspace({ 'libs/python/blacksmith/__init__.py': '', ...files })
  return () => refuseUnwatchedStructure(root, headerWith())
}

test('parameters may come from the experiment’s folder and from Python packages, also by way of each other', () => {
  const files = {
    [config]:
      "import { a } from './more'\nexport { counts } from '../../../libs/python/blacksmith/datasets/counts/schema'\n",
    'experiments/plain/tiny/more/index.ts': 'export const a = 1\n',
    [dataset]: "import { z } from '@blacksmith/config'\nimport { more } from '../../models/plain/schema'\n",
    'libs/python/blacksmith/models/plain/schema.ts': '',
  }
  expect(refusal(files)).not.toThrow()
})

test.each([
  ['beside the experiments', "import { a } from '../../../shared'\n", 'shared.ts'],
  ['in another experiment', 'const a = require("../other/config")\n', 'experiments/plain/other/config.ts'],
  ['as JSON', "import a from '../../sizes.json'\n", 'experiments/sizes.json'],
  ['by the name that it is compiled to', "import { a } from '../../../shared.js'\n", 'shared.ts'],
  ['as JavaScript', "import { a } from '../../../plain'\n", 'plain.js'],
  ['when it is asked for', "const a = await import('../../../shared.ts')\n", 'shared.ts'],
])('what stands %s is refused by its name: a change of it would select nothing', (_where, text, file) => {
  expect(refusal({ [config]: text, [file]: '' })).toThrow(
    new RegExp(
      `tiny/config\\.ts {2}imports ${file.replaceAll('.', '\\.')}, where .* move that into experiments/plain/tiny`,
      's',
    ),
  )
})

test('so is what a data set’s parameters import from elsewhere', () => {
  const files = {
    [config]: "import { counts } from '../../../libs/python/blacksmith/datasets/counts/schema'\n",
    [dataset]: "import { a } from '../../../../../shared'\n",
    'shared.ts': '',
  }
  expect(refusal(files)).toThrow(/imports shared\.ts/)
})

test('a link counts by where it leads', () => {
  const { root } = makeWorkspace({ [config]: "import './linked'\n", 'shared.ts': '' })
  symlinkSync(join(root, 'shared.ts'), join(root, 'experiments/plain/tiny/linked.ts'))
  expect(() => refuseUnwatchedStructure(root, headerWith())).toThrow(/imports shared\.ts/)
})
