import { mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { sha256 } from '../key/key'
import { temporaryFolders, writeFiles } from '../testing/fixtures'
import { digestTree } from './digest-tree'
import { IntegrityIndex } from './integrity-index'

const temporary = temporaryFolders()

describe("somebody's own data", () => {
  it('is known by the digest of each file, links to files included', async () => {
    const folder = temporary('data')
    writeFiles(folder, { 'b/two.txt': '2', 'one.txt': '1' })
    symlinkSync(join(folder, 'one.txt'), join(folder, 'b/link.txt'))
    const digests = { 'b/link.txt': sha256('1'), 'b/two.txt': sha256('2'), 'one.txt': sha256('1') }
    expect(await digestTree(folder)).toEqual(digests)
    expect(await digestTree(join(folder, 'one.txt'))).toEqual({ '.': sha256('1') })
    const index = new IntegrityIndex(join(temporary('index'), 'index'))
    await delay(30)
    expect(await digestTree(folder, index)).toEqual(digests)
    writeFiles(folder, { 'b/two.txt': '3' })
    expect(await digestTree(folder, index)).toEqual({ ...digests, 'b/two.txt': sha256('3') })
  })

  it('is summed up in one digest when it is many files', async () => {
    const folder = temporary('data')
    writeFiles(folder, Object.fromEntries(Array.from({ length: 1001 }, (_, at) => [`${at}`, `${at}`])))
    const before = await digestTree(folder)
    expect(Object.keys(before)).toEqual(['.'])
    writeFiles(folder, { 500: 'changed' })
    expect(await digestTree(folder)).not.toEqual(before)
  })

  it('is refused when part of it would be left out unseen', async () => {
    const folder = temporary('data')
    mkdirSync(join(folder, 'elsewhere'))
    symlinkSync(join(folder, 'elsewhere'), join(folder, 'images'))
    await expect(digestTree(folder)).rejects.toThrow(
      /images {2}cannot be used as data: it is a symbolic link/,
    )
  })
})
