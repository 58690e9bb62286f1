import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { processor } from './processor'

const folder = mkdtempSync(join(tmpdir(), 'blacksmith-processor-'))
afterAll(() => rmSync(folder, { recursive: true }))

test.each([
  [
    'an x86',
    'processor\t: 0\nflags\t\t: fpu avx2 sse4_2 avx512f fma ht\n',
    ['avx2', 'avx512f', 'fma', 'sse4_2'],
  ],
  ['an Arm', 'Features\t: fp asimd sve bf16 crc32\n', ['asimd', 'bf16', 'sve']],
])('%s is known by the extensions that numerical libraries look for', (_what, text, features) => {
  const cpuinfo = join(folder, 'cpuinfo')
  writeFileSync(cpuinfo, text)
  expect(processor(cpuinfo).features).toEqual(features)
})

test('where nothing is known there are none', () => {
  expect(processor(join(folder, 'absent')).features).toEqual([])
})
