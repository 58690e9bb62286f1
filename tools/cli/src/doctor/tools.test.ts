import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { checkCompiler, checkPython, checkTemporary } from './tools'

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

test('a compiler is found by words with arguments, and by a path with spaces', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'doctor '))
  mkdirSync(join(folder, 'bin'))
  symlinkSync(process.execPath, join(folder, 'bin', 'a compiler'))
  for (const CXX of ['env LANG=C node', join(folder, 'bin', 'a compiler')])
    expect(await checkCompiler({ CXX })).toMatchObject({
      name: 'compiler',
      state: 'ok',
      detail: process.version,
    })
  expect(await checkCompiler({ CXX: 'no-such-compiler -x' })).toMatchObject({ state: 'warning' })
  rmSync(folder, { recursive: true })
})

test('a relative BLACKSMITH_PYTHON counts from the workspace', async () => {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'doctor-')))
  mkdirSync(join(root, 'below'))
  writeFileSync(join(root, 'nx.json'), '{}')
  writeFileSync(join(root, 'python'), '#!/bin/sh\necho 3.11.2\n', { mode: 0o755 })
  const before = process.cwd()
  process.chdir(join(root, 'below'))
  try {
    expect(await checkPython({ BLACKSMITH_PYTHON: './python' })).toMatchObject({
      state: 'ok',
      detail: `${root}/python is 3.11.2`,
    })
  } finally {
    process.chdir(before)
    rmSync(root, { recursive: true })
  }
})
