import { symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { addFiles, makeTree, removeTrees } from '../../config/src/testing/tree'
import { listTree, listWithTargets, type Tree } from './tree'
import { readHead, readRecord, recordOf, writeRecord } from './tree-record'

afterAll(removeTrees)

/** A tree of one file that was last changed at `changed` (ms since the epoch). */
function treeOf(folder: string, changed: number): Tree {
  return { folder, digest: 'tree', entries: new Map([['x.py', `f 1 1 ${changed}000000 7`]]) }
}

test('a file that lies as it did when it was read is not read again', async () => {
  const folder = makeTree({ 'x.py': '1' })
  const tree = treeOf(folder, Date.now() - 60_000)
  const before = await recordOf(tree)
  expect(before.tree).toBe('tree')
  writeFileSync(join(folder, 'x.py'), '2')
  expect(await recordOf(tree, before)).toEqual(before)
})

test.each([
  ['in the same tick of the clock', Date.now],
  [
    'in the same second, where the file system knows no finer one',
    () => Math.floor(Date.now() / 1000) * 1000,
  ],
])('a file that was read %s as it changed is read again', async (_, changed) => {
  const folder = makeTree({ 'x.py': '1' })
  const tree = treeOf(folder, changed())
  const before = await recordOf(tree)
  expect(before.tree).toBeUndefined()
  writeFileSync(join(folder, 'x.py'), '2')
  expect((await recordOf(tree, before)).content).not.toBe(before.content)
})

test('the content says what files hold and how they are called, not where they lie', async () => {
  const record = async (files: Record<string, string>) =>
    (await recordOf(await listTree(makeTree(files)))).content
  expect(await record({ 'a/x.py': '1', 'b.py': '2' })).toBe(await record({ 'b.py': '2', 'a/x.py': '1' }))
  expect(await record({ 'a.py': '1' })).not.toBe(await record({ 'b.py': '1' }))
  expect(await record({ 'a.py': '1' })).not.toBe(await record({ 'a.py': '2' }))
})

test('a record is read as it was written, and a torn one not at all', async () => {
  const folder = makeTree({ 'a b.py': '1', 'c/ü.py': '2' })
  const record = await recordOf(await listTree(folder))
  const file = join(makeTree(), 'record')
  await writeRecord(file, record)
  expect(await readRecord(file)).toEqual(record)
  expect((await readHead(file))?.content).toBe(record.content)
  writeFileSync(file, '{"content":')
  expect(await readRecord(file)).toBeUndefined()
  expect(await readHead(file)).toBeUndefined()
})

test('what links lead to counts where it is asked for, and links in a circle end', async () => {
  const elsewhere = makeTree({ 'lib/y.py': '1', 'z.py': '1' })
  const folder = makeTree({ 'x.py': '1' })
  symlinkSync(join(elsewhere, 'lib'), join(folder, 'lib'))
  symlinkSync(join(elsewhere, 'z.py'), join(folder, 'z.py'))
  symlinkSync(folder, join(elsewhere, 'lib', 'circle'))
  symlinkSync('nowhere', join(folder, 'dangling'))
  const before = await listWithTargets(folder)
  expect([...before.entries.keys()].sort()).toEqual(['dangling', 'lib/circle', 'lib/y.py', 'x.py', 'z.py'])
  const content = async () => (await recordOf(await listWithTargets(folder))).content
  const first = await content()
  addFiles(elsewhere, { 'lib/y.py': '2+' })
  expect((await listWithTargets(folder)).digest).not.toBe(before.digest)
  const second = await content()
  expect(second).not.toBe(first)
  addFiles(elsewhere, { 'z.py': '2+' })
  expect(await content()).not.toBe(second)
})
