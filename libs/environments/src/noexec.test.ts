import { symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { makeTree, removeTrees } from '../../config/src/testing/tree'
import { noexecMount } from './noexec'

afterAll(removeTrees)

const root = makeTree({ 'my disk/store/envs/.keep': '', 'my disk/loose/.keep': '', 'my disks/.keep': '' })
const escaped = (path: string) => path.replaceAll(' ', '\\040')
const line = (point: string, options: string) =>
  `36 35 98:0 / ${escaped(point)} ${options} master:1 - ext4 /dev/root rw,errors=continue`
const mounts = [
  line('/', 'rw,relatime'),
  line(join(root, 'my disk'), 'rw,nosuid,noexec'),
  line(join(root, 'my disk/loose'), 'rw'),
  '',
].join('\n')

test.each([
  ['on a noexec disk', 'my disk/store/envs', true],
  ['that is such a disk', 'my disk', true],
  ['that is to be made on one', 'my disk/to/be/made', true],
  ['on a disk of its own below one', 'my disk/loose', false],
  ['beside one, of a name that begins alike', 'my disks', false],
])('a folder %s', (_, folder, noexec) => {
  expect(noexecMount(join(root, folder), mounts)).toBe(noexec ? join(root, 'my disk') : undefined)
})

test('a link is followed to its disk', () => {
  symlinkSync(join(root, 'my disk/store'), join(root, 'link'))
  expect(noexecMount(join(root, 'link/envs'), mounts)).toBe(join(root, 'my disk'))
})

test('a disk that was mounted over another counts', () => {
  const covered = `${mounts}${line(join(root, 'my disk'), 'rw')}\n`
  expect(noexecMount(join(root, 'my disk/store'), covered)).toBeUndefined()
})

test('nothing is said where nothing is known', () => {
  expect(noexecMount(root, '')).toBeUndefined()
})
