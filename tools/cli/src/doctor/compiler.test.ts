import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { checkCompiler } from './compiler'

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
