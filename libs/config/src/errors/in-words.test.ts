import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inWords } from './in-words'
import { formatUserError, isUserError } from './user-error'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'in-words-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

function messageOf(work: () => unknown): string {
  try {
    work()
  } catch (error) {
    const words = inWords(error)
    if (isUserError(words)) return formatUserError(words).replaceAll(folder, '.')
    throw error
  }
  throw new Error('nothing was thrown')
}

test('what the operating system refuses is reported with the file and what to do', () => {
  writeFileSync(join(folder, 'file'), '')
  symlinkSync('loop', join(folder, 'loop'))
  expect(messageOf(() => writeFileSync(join(folder, 'file/below'), ''))).toBe(
    './file/below  is not below a folder: a file is in the way (ENOTDIR, open)\n  move that file away',
  )
  expect(messageOf(() => writeFileSync(join(folder, 'x'.repeat(300)), ''))).toMatch(
    /^\.\/x+ {2}is a longer name than the file system takes \(ENAMETOOLONG, open\)\n {2}give it a shorter name/,
  )
  expect(messageOf(() => readFileSync(join(folder, 'loop')))).toContain(
    './loop  is a symbolic link that leads back',
  )
})

test.each(['EROFS', 'ENOSPC', 'EDQUOT', 'EMFILE', 'EPERM'])(
  '%s without a file keeps its own words',
  (code) => {
    const error = Object.assign(new Error('cannot exchange a and b'), { code })
    expect(
      messageOf(() => {
        throw error
      }),
    ).toMatch(/^cannot exchange a and b: it .*\n {2}\w/)
  },
)

test('a file that is missing, or what is no error of the system, may be a mistake of ours', () => {
  const missing = Object.assign(new Error('no such file'), { code: 'ENOENT', path: 'x' })
  for (const error of [missing, new TypeError('x is not a function'), 'text', undefined])
    expect(inWords(error)).toBe(error)
})
