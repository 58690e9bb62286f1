import {
  lstatSync,
  readdirSync,
  readFileSync,
  renameSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { manifestOf } from '../artifact/manifest'
import { sha256 } from '../key/key'
import { temporaryFolders, writeFiles } from '../testing/fixtures'
import { hashFiles } from './hash-files'
import { IntegrityIndex, isSettled } from './integrity-index'
import { verifyFiles } from './verify'

const temporary = temporaryFolders()

/** A folder of `count` files, its manifest, an index, and a verification that reports what was hashed. */
async function known(count: number) {
  const folder = temporary('files')
  const files = Object.fromEntries(
    Array.from({ length: count }, (_, at) => [`part-${at % 3}/${at}.txt`, `file ${at}`]),
  )
  writeFiles(folder, files)
  const entries = manifestOf(
    Object.entries(files).map(([path, text]) => ({ path, bytes: text.length, sha256: sha256(text) })),
  ).files
  const index = new IntegrityIndex(join(temporary('index'), 'index'))
  await delay(30)
  const check = () => verifyFiles(folder, entries, { index })
  expect(await check()).toEqual({ broken: [], hashed: count })
  return { folder, index, check, indexFile: () => join(index.folder, readdirSync(index.folder)[0] ?? '') }
}

describe('the integrity index', () => {
  it('makes the second verification read nothing', async () => {
    const { check } = await known(20)
    expect(await check()).toEqual({ broken: [], hashed: 0 })
  })

  it('reads the one file again whose bytes changed under an old mtime and size', async () => {
    const { folder, check } = await known(20)
    const file = join(folder, 'part-1/4.txt')
    const { atime, mtime } = lstatSync(file)
    writeFileSync(file, 'FILE 4')
    utimesSync(file, atime, mtime)
    const { broken, hashed } = await check()
    expect(hashed).toBe(1)
    expect(broken).toMatchObject([{ path: 'part-1/4.txt', kind: 'digest' }])
  })

  it('does not take one file for another that was moved into its place', async () => {
    const { folder, check } = await known(20)
    renameSync(join(folder, 'part-1/4.txt'), join(folder, 'part-1/7.txt'))
    const { broken } = await check()
    expect(broken.map(({ path, kind }) => `${path} ${kind}`)).toEqual([
      'part-1/4.txt missing',
      'part-1/7.txt digest',
    ])
  })

  it('does not keep a digest of a file that changed within the same tick of the clock', async () => {
    const folder = temporary('files')
    writeFiles(folder, { a: '1' })
    const stats = lstatSync(join(folder, 'a'))
    expect(isSettled(stats, stats.ctimeMs + 1)).toBe(false)
    expect(isSettled(stats, stats.ctimeMs + 5000)).toBe(true)
    // A file from the future: the clock was set back since.
    expect(isSettled(stats, stats.ctimeMs - 3_600_000)).toBe(false)
    const coarse = Object.assign(Object.create(stats), { ctimeMs: Math.floor(stats.ctimeMs / 1000) * 1000 })
    expect(isSettled(coarse, coarse.ctimeMs + 1500)).toBe(false)
  })

  it.each([
    ['torn', (file: string) => truncateSync(file, 300)],
    ['empty', (file: string) => writeFileSync(file, '')],
    ['changed by one bit', (file: string) => writeFileSync(file, flipBit(readFileSync(file)))],
    ['not ours', (file: string) => writeFileSync(file, '{"version":1}\n{}')],
  ])('counts as empty when it is %s', async (_, damage) => {
    const { check, indexFile } = await known(5)
    damage(indexFile())
    expect(await check()).toEqual({ broken: [], hashed: 5 })
    expect(await check()).toEqual({ broken: [], hashed: 0 })
  })

  it('is right when several verify one folder at once', async () => {
    const { folder, check } = await known(30)
    writeFileSync(join(folder, 'part-1/4.txt'), 'FILE 4')
    await delay(30)
    const results = await Promise.all([check(), check(), check(), check()])
    for (const { broken } of results) expect(broken).toMatchObject([{ path: 'part-1/4.txt' }])
    expect(await check()).toMatchObject({ hashed: 0, broken: [{ path: 'part-1/4.txt' }] })
  })
})

/** Changes one bit of the last digest: the checksum no longer fits. */
function flipBit(content: Buffer): Buffer {
  const at = content.lastIndexOf('part-0/0.txt') - 1
  content[at] = (content[at] ?? 0) ^ 1
  return content
}

describe('hashing', () => {
  it('gives the same digests in threads as in place, in the order asked for', async () => {
    const folder = temporary('files')
    const contents = Array.from({ length: 600 }, (_, at) => `${at}`.repeat((at * 37) % 500))
    contents.push('x'.repeat(3_000_000))
    writeFiles(folder, Object.fromEntries(contents.map((text, at) => [`${at}`, text])))
    const tasks = contents.map((text, at) => ({ file: join(folder, `${at}`), bytes: text.length }))
    expect(await hashFiles(tasks)).toEqual(contents.map((text) => sha256(text)))
    expect(await hashFiles(tasks.slice(0, 3))).toEqual(contents.slice(0, 3).map((text) => sha256(text)))
  })

  it('says which file could not be read', async () => {
    const tasks = Array.from({ length: 600 }, (_, at) => ({ file: `/nowhere/${at}`, bytes: 1 }))
    await expect(hashFiles(tasks)).rejects.toMatchObject({
      code: 'ENOENT',
      message: expect.stringContaining('/nowhere/'),
    })
  })
})
