import { mkdirSync } from 'node:fs'
import { readMaterial } from './material'
import { headerWith, makeWorkspace, removeWorkspaces } from './testing/workspace'
import { readVariables } from './variables'

afterAll(removeWorkspaces)

const header = headerWith({ variables: ['X', 'Y'], configurations: ['full'] })
const folder = header.directory
const read = (files: Record<string, string>) => readVariables(makeWorkspace(files).root, header, { X: '1' })

test('declared variables are what the environment says', () => {
  expect(read({})).toEqual({ X: '1', Y: null })
})

test.each([
  `${folder}/.env`,
  `${folder}/.env.local`,
  `${folder}/.local.env`,
  `${folder}/.env.train`,
  `${folder}/.evaluate.env`,
  `${folder}/.env.full`,
  `${folder}/.env.train.full.local`,
  '.env.train',
  '.full.local.env',
])('one that %s sets, which Nx reads for its tasks alone, is refused with the place to set it', (file) => {
  expect(() => read({ [file]: 'A=2\nexport X = 5\n' })).toThrow(`${file}  X  shapes results`)
  expect(() => read({ [file]: 'X: 5' })).toThrow(/set it in \.env beside nx\.json/)
})

test('so are an interpreter, and a box that is switched off', () => {
  expect(() =>
    read({ [`${folder}/.env`]: 'BLACKSMITH_BOX=off\nBLACKSMITH_PYTHON=/opt/python/bin/python3\n' }),
  ).toThrow(/BLACKSMITH_BOX(.|\n)*BLACKSMITH_PYTHON/)
})

test.each([
  ['the files that every command reads', { '.env': 'X=1', '.env.local': 'X=1', '.local.env': 'X=1' }],
  ['another variable, or a remark', { [`${folder}/.env`]: 'XY=1\n# X=2\nHF_HOME=/x\nA=X=2\n' }],
  ['a file of another name', { [`${folder}/.env.example`]: 'X=1', '.env.other': 'X=1' }],
])('%s are not refused', (_what, files) => {
  expect(read(files as Record<string, string>).X).toBe('1')
})

test('a folder of that name is passed over, as Nx does', () => {
  const { root } = makeWorkspace({})
  mkdirSync(`${root}/${folder}/.env`, { recursive: true })
  expect(readVariables(root, header, {})).toEqual({ X: null, Y: null })
})

test('no target is drafted, planned or run with it, so that Nx answers for none', async () => {
  const { root, layout } = makeWorkspace({ [`${folder}/.env`]: 'X=2' })
  for (const target of ['prepare-data', 'train', 'evaluate'] as const)
    await expect(readMaterial(root, target, header, layout, { keep: false })).rejects.toThrow(
      /X {2}shapes results/,
    )
})
