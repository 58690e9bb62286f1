import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readJsonLines } from './json-lines'
import { liesInside, openRunFile, readRunFile } from './run-file'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'run-file-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

test('a regular file is read, and one that is larger than it may be is not', async () => {
  const file = join(folder, 'a')
  writeFileSync(file, 'content')
  expect(await readRunFile(file, 7)).toBe('content')
  truncateSync(file, 1e12)
  expect(await readRunFile(file, 1e6)).toBeUndefined()
})

test('a FIFO, a device, a folder, a link and nothing at all are no file, and none of them is waited for', async () => {
  const outside = join(folder, 'outside')
  writeFileSync(outside, '{"secret": 1}\n')
  symlinkSync(outside, join(folder, 'link'))
  symlinkSync('loop', join(folder, 'loop'))
  symlinkSync('/dev/zero', join(folder, 'endless'))
  spawnSync('mkfifo', [join(folder, 'fifo')])
  for (const path of ['fifo', 'link', 'loop', 'endless', '.', 'nothing', 'outside/below']) {
    const read: unknown[] = []
    await readJsonLines(join(folder, path), (value) => read.push(value))
    expect([path, await openRunFile(join(folder, path)), read]).toEqual([path, undefined, []])
  }
  expect(await openRunFile('/dev/zero')).toBeUndefined()
})

test('a folder behind a link lies elsewhere, also where the link is on the way; the root may be one', async () => {
  mkdirSync(join(folder, 'root', 'run', 'records'), { recursive: true })
  mkdirSync(join(folder, 'root', 'other'))
  symlinkSync(join(folder, 'root', 'run', 'records'), join(folder, 'root', 'other', 'records'))
  symlinkSync('run', join(folder, 'root', 'alias'))
  symlinkSync('root', join(folder, 'home'))
  const home = join(folder, 'home')
  expect(await liesInside(home, 'run', 'records')).toBe(true)
  expect(await liesInside(home, 'other', 'records')).toBe(false)
  expect(await liesInside(home, 'alias', 'records')).toBe(false)
  expect(await liesInside(home, 'nothing')).toBe(false)
})
