import { mkdirSync, renameSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { stateOfData } from './own-data'
import { makeWorkspace, removeWorkspaces } from './testing/workspace'

afterAll(removeWorkspaces)

const { root } = makeWorkspace({ 'data/v1/x.txt': 'one', 'data/v2/x.txt': 'two' })
const data = join(root, 'data')

test('data that nobody touches have the state that they had', async () => {
  expect(await stateOfData(data)).toBe(await stateOfData(data))
})

test('a file that is written and put back, with its old time, shows', async () => {
  const file = join(data, 'v1/x.txt')
  const before = await stateOfData(data)
  writeFileSync(file, 'eno')
  writeFileSync(file, 'one')
  utimesSync(file, 1, 1)
  expect(await stateOfData(data)).not.toBe(before)
})

test('folders that are exchanged and put back show', async () => {
  const before = await stateOfData(data)
  const exchange = () => {
    renameSync(join(data, 'v1'), join(data, 'aside'))
    renameSync(join(data, 'v2'), join(data, 'v1'))
    renameSync(join(data, 'aside'), join(data, 'v2'))
  }
  exchange()
  exchange()
  expect(await stateOfData(data)).not.toBe(before)
})

test('so does the whole folder', async () => {
  mkdirSync(join(root, 'other'))
  const before = await stateOfData(data)
  renameSync(data, `${data}-aside`)
  renameSync(join(root, 'other'), data)
  renameSync(data, join(root, 'other'))
  renameSync(`${data}-aside`, data)
  expect(await stateOfData(data)).not.toBe(before)
})
