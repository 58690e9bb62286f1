import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, renameSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { sha256 } from '../key/key'
import { temporaryFolders, writeFiles } from '../testing/fixtures'
import { mapFile } from '../testing/mapped-file'
import { digestTree } from './digest-tree'
import { IntegrityIndex } from './integrity-index'
import { linkedFiles } from './own-data'

const temporary = temporaryFolders()
const temporaryInMemory = temporaryFolders({ inMemory: true })
const newIndex = () => new IntegrityIndex(join(temporary('index'), 'index'))

/** Longer than a tick of the clock by which files are stamped. */
const settled = () => delay(30)

describe("somebody's own data", () => {
  it('is known by the digest of each file, links to files included', async () => {
    const folder = temporary('data')
    writeFiles(folder, { 'b/two.txt': '2', 'one.txt': '1' })
    symlinkSync(join(folder, 'one.txt'), join(folder, 'b/link.txt'))
    const digests = { 'b/link.txt': sha256('1'), 'b/two.txt': sha256('2'), 'one.txt': sha256('1') }
    expect(await digestTree(folder)).toEqual(digests)
    const index = newIndex()
    await settled()
    expect(await digestTree(folder, index)).toEqual(digests)
    expect(await digestTree(folder, index)).toEqual(digests)
    writeFiles(folder, { 'b/two.txt': '3' })
    expect(await digestTree(folder, index)).toEqual({ ...digests, 'b/two.txt': sha256('3') })
    expect(await digestTree(folder, index)).not.toEqual(digests)
  })

  it('is summed up in one digest when it is many files', async () => {
    const folder = temporary('data')
    writeFiles(folder, Object.fromEntries(Array.from({ length: 1001 }, (_, at) => [`${at}`, `${at}`])))
    const before = await digestTree(folder)
    expect(Object.keys(before)).toEqual(['.'])
    writeFiles(folder, { 500: 'changed' })
    expect(await digestTree(folder)).not.toEqual(before)
  })

  it.each([
    ['data/x.tsv', 'elsewhere/y.tsv', './*.tsv'],
    ['x.json.gz', 'a.b.json.gz', './*.json.gz'],
    ['plain', '.hidden', './*'],
  ])('of one file is its bytes and its suffix: %s and %s are the same', async (one, other, name) => {
    const folder = temporary('data')
    writeFiles(folder, { [one]: 'bytes', [other]: 'bytes' })
    expect(await digestTree(join(folder, one))).toEqual({ [name]: sha256('bytes') })
    expect(await digestTree(join(folder, other))).toEqual({ [name]: sha256('bytes') })
  })

  it('of one file is other data under another suffix, as readers choose the format by it', async () => {
    const folder = temporary('data')
    writeFiles(folder, { 'x.tsv': 'bytes', 'y.jsonl': 'bytes', 'folder/.tsv': 'bytes' })
    const kinds = await Promise.all(
      ['x.tsv', 'y.jsonl', 'folder'].map((path) => digestTree(join(folder, path))),
    )
    expect(new Set(kinds.map((digests) => JSON.stringify(digests))).size).toBe(3)
  })

  it('of one file is read once, and again when it has changed', async () => {
    const file = join(temporary('data'), 'x.tsv')
    const index = newIndex()
    writeFileSync(file, 'one')
    await settled()
    await digestTree(file, index)
    const [indexFile = ''] = readdirSync(index.folder)
    expect(index.open(file, statSync(file).dev).digest('', statSync(file))).toBe(sha256('one'))
    const before = statSync(join(index.folder, indexFile)).ino
    expect(await digestTree(file, index)).toEqual({ './*.tsv': sha256('one') })
    // An index is replaced when something had to be read.
    expect(statSync(join(index.folder, indexFile)).ino).toBe(before)
    writeFileSync(file, 'two')
    expect(await digestTree(file, index)).toEqual({ './*.tsv': sha256('two') })
  })

  it('returns the real files that its links lead to, each once', async () => {
    const [folder, elsewhere] = [temporary('data'), temporary('blobs')]
    writeFiles(folder, { plain: '1' })
    writeFiles(elsewhere, { blob: '2' })
    symlinkSync(join(elsewhere, 'blob'), join(elsewhere, 'name'))
    for (const link of ['a', 'b']) symlinkSync(join(elsewhere, 'name'), join(folder, link))
    expect(await linkedFiles(folder)).toEqual([join(elsewhere, 'blob')])
    expect(await linkedFiles(join(folder, 'plain'))).toEqual([])
  })
})

describe("somebody's own data that is written through a shared mapping", () => {
  it.each([
    ['a file on a disk', temporary, false],
    ['a folder on a disk', temporary, true],
    ['a folder in memory', temporaryInMemory, true],
  ])('is seen to change under an old time, as %s', async (_, folders, isFolder) => {
    const folder = folders('data')
    writeFiles(folder, { 'x.bin': 'first'.padEnd(5000, '.') })
    const data = isFolder ? folder : join(folder, 'x.bin')
    const index = newIndex()
    const mapping = await mapFile(join(folder, 'x.bin'))
    try {
      await mapping.write('other')
      await settled()
      const before = await digestTree(data, index)
      expect(Object.values(before)).toEqual([sha256('other'.padEnd(5000, '.'))])
      // What is known of the file is what is asked of it from now on.
      expect(await digestTree(data, index)).toEqual(before)
      await mapping.write('third')
      expect(Object.values(await digestTree(data, index))).toEqual([sha256('third'.padEnd(5000, '.'))])
      expect(await digestTree(data, index)).not.toEqual(before)
    } finally {
      await mapping.end()
    }
  })
})

describe("somebody's own data is refused, never opened,", () => {
  it.each([
    ['a FIFO', (path: string) => void execFileSync('mkfifo', [path])],
    ['a device', (path: string) => symlinkSync('/dev/zero', path)],
    ['a socket', (path: string) => void execFileSync('python3', ['-c', bindSocket, path])],
  ])('when it is or holds %s', async (kind, make) => {
    const folder = temporary('data')
    make(join(folder, 'odd'))
    await expect(digestTree(join(folder, 'odd'))).rejects.toMatchObject({
      problems: [{ file: join(folder, 'odd'), message: `is ${kind}, not a file` }],
    })
    const wanted = kind === 'a device' ? 'it is a link to a device' : `it is ${kind}`
    await expect(digestTree(folder)).rejects.toMatchObject({
      name: 'UserError',
      problems: [{ file: join(folder, 'odd'), message: `cannot be used as data: ${wanted}` }],
    })
  })

  it('when links lead to nothing, to themselves or to folders: all are named at once', async () => {
    const folder = temporary('data')
    mkdirSync(join(folder, 'elsewhere'))
    symlinkSync(join(folder, 'elsewhere'), join(folder, 'images'))
    symlinkSync('gone', join(folder, 'dangling'))
    symlinkSync('loop', join(folder, 'loop'))
    const problems = await digestTree(folder).catch((error) => error.problems)
    const reported = problems
      .map(({ file, message }: { file: string; message: string }) => [file, message])
      .sort()
    expect(reported).toEqual([
      [join(folder, 'dangling'), 'cannot be used as data: it is a link to what is not there'],
      [join(folder, 'images'), 'cannot be used as data: it is a link to a folder'],
      [join(folder, 'loop'), 'is a symbolic link that leads back to itself'],
    ])
    for (const [name, words] of [
      ['dangling', /dangling {2}is not there, or is a link to what is not there/],
      ['loop', /loop {2}is a symbolic link that leads back to itself/],
    ] as const)
      await expect(digestTree(join(folder, name))).rejects.toThrow(words)
  })

  it('when a name in it is not UTF-8', async () => {
    const folder = temporary('data')
    writeFileSync(Buffer.concat([Buffer.from(`${folder}/`), Buffer.from([0xff, 0x61])]), '')
    await expect(digestTree(folder)).rejects.toMatchObject({
      problems: [
        { file: `${folder}/\ufffda`, message: 'cannot be used as data: its name is not valid UTF-8' },
      ],
    })
  })

  it('when a file vanished after it was found', async () => {
    const folder = temporary('data')
    writeFiles(folder, { a: '1' })
    const digesting = digestTree(folder)
    renameSync(join(folder, 'a'), join(temporary('elsewhere'), 'a'))
    await expect(digesting).rejects.toMatchObject({
      name: 'UserError',
      problems: [{ file: join(folder, 'a') }],
    })
    expect(existsSync(folder)).toBe(true)
  })
})

const bindSocket = 'import socket, sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])'
