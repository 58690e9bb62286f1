import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { replaceFile, replaceFileSync } from './replace-file'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'blacksmith-replace-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const ways: [string, (file: string, content: string) => Promise<void>][] = [
  ['durably', (file, content) => replaceFile(file, content, { durable: true })],
  ['quickly', (file, content) => replaceFile(file, content, { durable: false })],
  ['at once', async (file, content) => replaceFileSync(file, content)],
]

test.each(ways)(
  '%s, whoever has the old file open reads all of it, and nothing else is left',
  async (_, put) => {
    const file = join(folder, 'a.json')
    await put(file, 'old')
    const { ino } = statSync(file)
    await put(file, 'new')
    expect(readFileSync(file, 'utf8')).toBe('new')
    expect(statSync(file).ino).not.toBe(ino)
    expect(readdirSync(folder)).toEqual(['a.json'])
  },
)

test.each(ways)('%s, what cannot be put in place leaves nothing behind', async (_, put) => {
  const file = join(folder, 'a')
  mkdirSync(join(file, 'full'), { recursive: true })
  await expect(put(file, 'new')).rejects.toThrow(/EISDIR|ENOTEMPTY|EEXIST/)
  expect(readdirSync(folder)).toEqual(['a'])
  await expect(put(join(folder, 'none', 'b'), 'new')).rejects.toThrow(/ENOENT/)
})

test('it has the rights that were asked for, whatever the umask', async () => {
  const before = process.umask(0o077)
  try {
    await replaceFile(join(folder, 'a'), 'x', { durable: false, mode: 0o664 })
  } finally {
    process.umask(before)
  }
  expect(statSync(join(folder, 'a')).mode & 0o777).toBe(0o664)
})

test('a name of one’s own for what is half written is used again after a kill', async () => {
  const [file, partial] = [join(folder, 'a'), join(folder, 'a.partial')]
  writeFileSync(partial, 'half of something longer')
  await replaceFile(file, 'whole', { durable: false, partial })
  expect(readFileSync(file, 'utf8')).toBe('whole')
  expect(readdirSync(folder)).toEqual(['a'])
})
