import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { checkDisk, checkTemporary } from './storage'

test('a TMPDIR that is not there or cannot be written is named, with what to do', () => {
  const folder = mkdtempSync(join(tmpdir(), 'doctor-'))
  expect(checkTemporary(folder)).toMatchObject({ state: 'ok' })
  rmSync(folder, { recursive: true })
  expect(checkTemporary(folder)).toMatchObject({
    state: 'fault',
    detail: `${folder} cannot be written (ENOENT)`,
    remedy: expect.stringContaining('TMPDIR'),
  })
})

describe('a disk that is mounted noexec', () => {
  const folder = realpathSync(tmpdir())
  const mounts = `36 35 98:0 / ${folder} rw,nosuid,noexec - tmpfs tmpfs rw\n`

  test('is a fault below the store, unless a Python is named that lies elsewhere', () => {
    expect(checkDisk(join(folder, 'store'), {}, mounts)).toMatchObject({
      state: 'fault',
      detail: expect.stringContaining(`is on a disk that is mounted noexec (${folder})`),
      remedy: expect.stringContaining('BLACKSMITH_HOME'),
    })
    const named = checkDisk(join(folder, 'store'), { BLACKSMITH_PYTHON: '/usr/bin/python3' }, mounts)
    expect(named.detail).toMatch(/ free for /)
  })

  test('is a warning below TMPDIR', () => {
    expect(checkTemporary(folder, mounts)).toMatchObject({
      state: 'warning',
      detail: expect.stringContaining(`is on a disk that is mounted noexec (${folder})`),
      remedy: expect.stringContaining('TMPDIR'),
    })
  })
})
