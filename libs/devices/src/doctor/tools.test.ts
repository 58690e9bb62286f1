import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { checkTemporary } from './tools'

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
