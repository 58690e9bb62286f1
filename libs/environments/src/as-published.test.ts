import { createHash } from 'node:crypto'
import { makeTree, removeTrees } from '../../config/src/testing/tree'
import { installedPackages } from './packages'
import { listTree } from './tree'
import { recordOf } from './tree-record'

afterAll(removeTrees)

const site = 'lib/python3.11/site-packages'
const sha256 = (text: string) => createHash('sha256').update(text).digest('base64url')

async function packagesOf(files: Record<string, string>) {
  const folder = makeTree(
    Object.fromEntries(Object.entries(files).map(([path, text]) => [`${site}/${path}`, text])),
  )
  return installedPackages(folder, (await recordOf(await listTree(folder))).files)
}

const record = [
  `tiny/core.py,sha256=${sha256('value = 1')},9`,
  `"tiny/a,b.py",sha256=${sha256('')},0`,
  'tiny/__pycache__/core.cpython-311.pyc,,',
  'tiny-1.0+cpu.dist-info/RECORD,,',
].join('\r\n')

test('a package as it was published has its version', async () => {
  expect(
    await packagesOf({
      'tiny-1.0+cpu.dist-info/RECORD': record,
      'tiny/core.py': 'value = 1',
      'tiny/a,b.py': '',
      'other-2.0.dist-info/METADATA': '',
    }),
  ).toEqual({ other: '2.0', tiny: '1.0+cpu' })
})

test('one that an installer’s cache holds otherwise has that in its version, by what it holds', async () => {
  const version = async (core: Record<string, string>) =>
    (await packagesOf({ 'tiny-1.0+cpu.dist-info/RECORD': record, 'tiny/a,b.py': '', ...core })).tiny
  const edited = await version({ 'tiny/core.py': 'value = 2' })
  expect(edited).toMatch(/^1\.0\+cpu\.changed\.[0-9a-f]{16}$/)
  expect(await version({ 'tiny/core.py': 'value = 2' })).toBe(edited)
  expect(await version({ 'tiny/core.py': 'value = 3' })).not.toBe(edited)
  expect(await version({})).toMatch(/^1\.0\+cpu\.changed\./)
})

test('of a file that two packages bring, either’s will do', async () => {
  const shared = (text: string) => `tests/__init__.py,sha256=${sha256(text)},1\n`
  expect(
    await packagesOf({
      'one-1.0.dist-info/RECORD': shared('1'),
      'two-1.0.dist-info/RECORD': shared('2'),
      'tests/__init__.py': '2',
    }),
  ).toEqual({ one: '1.0', two: '1.0' })
})
