import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { formatUserError, isUserError } from '@blacksmith/config'
import { readArtifact } from './artifact/artifact'
import { manifestDigest } from './artifact/manifest'
import { collectGarbage } from './gc/collect-garbage'
import { sha256 } from './key/key'
import { Store } from './store'
import { draftOf, sealed, temporaryFolders, writeFiles } from './testing/fixtures'

const temporary = temporaryFolders()

function newStore(home = temporary()) {
  const warnings: string[] = []
  return { store: new Store(home, { warn: (line) => warnings.push(line) }), warnings, home }
}

/** Changes one byte of a file and gives it back its old mtime. */
function flipByte(file: string): void {
  const { atime, mtime, mode } = statSync(file)
  const bytes = readFileSync(file)
  bytes[0] = (bytes[0] ?? 0) ^ 1
  chmodSync(file, 0o644)
  writeFileSync(file, bytes)
  utimesSync(file, atime, mtime)
  chmodSync(file, mode)
}

async function messageOf(promise: Promise<unknown>): Promise<string> {
  const error = await promise.then(
    () => undefined,
    (reason) => reason,
  )
  if (!isUserError(error)) throw new Error(`a UserError was expected, not ${error}`)
  return formatUserError(error)
}

describe('sealing', () => {
  it('makes an artifact that is found, verified and described', async () => {
    const { store } = newStore()
    const made = await sealed(store, 1, {
      'model.safetensors': 'weights',
      'parts/a.bin': 'a',
      'log.txt': 'hello',
    })
    const found = await store.lookup(made.key)
    expect(found).toMatchObject({ key: made.key, manifest: made.manifest, provenance: made.provenance })
    expect(made.manifest.files.map((file) => file.path)).toEqual(['model.safetensors', 'parts/a.bin'])
    expect(made.manifest.files[0]).toEqual({
      path: 'model.safetensors',
      bytes: 7,
      sha256: sha256('weights'),
    })
    expect(made.provenance.records.map((record) => record.path)).toEqual(['log.txt'])
    expect(readFileSync(join(made.directory, 'parts/a.bin'), 'utf8')).toBe('a')
    found?.release()
  })

  it('gives equal files an equal manifest, whatever the records say', async () => {
    const { store } = newStore()
    const one = await sealed(store, 1, { b: '2', a: '1', 'log.txt': 'one' })
    const two = await sealed(store, 2, { a: '1', b: '2', 'log.txt': 'two' })
    expect(manifestDigest(two.manifest)).toBe(manifestDigest(one.manifest))
    const bytes = readFileSync(join(one.directory, 'manifest.json'))
    expect(sha256(bytes)).toBe(manifestDigest(one.manifest))
  })

  it('keeps what the trainer could reach, where that is known', async () => {
    const { store } = newStore()
    const box = { enforced: 'landlock 7', network: 'closed' as const, left_out: ['XLA_FLAGS'] }
    const { directory } = await sealed(store, 1, { a: '1' }, { box })
    expect((await readArtifact(directory))?.provenance.box).toEqual(box)
    const before = await sealed(store, 2, { a: '1' })
    expect((await readArtifact(before.directory))?.provenance.box).toBeUndefined()
    const wrong = { ...box, network: 'ajar' } as never
    await expect(sealed(store, 3, { a: '1' }, { box: wrong })).rejects.toThrow(/network/)
  })

  it('leaves the files read-only', async () => {
    const { store } = newStore()
    const made = await sealed(store, 1, { a: '1' })
    expect(statSync(join(made.directory, 'a')).mode & 0o222).toBe(0)
  })

  it('gives all who seal one key the artifact of the first', async () => {
    const { store } = newStore()
    const draft = draftOf(1)
    const stagings = await Promise.all(['x', 'y', 'z'].map(() => store.stage(draft.key)))
    stagings.forEach((staging, at) => {
      writeFiles(staging, { model: `from ${at}` })
    })
    const made = await Promise.all(stagings.map((staging) => store.seal(draft.key, staging, draft, [])))
    const stored = await store.peek(draft.key)
    for (const artifact of made) expect(artifact.manifest).toEqual(stored?.manifest)
    expect(readdirSync(store.layout.staging)).toEqual([])
  })

  it('says which stands when equal inputs gave other bytes, and how to have the other', async () => {
    const { store, warnings } = newStore()
    const first = await sealed(store, 1, { a: '1', model: 'one', 'log.txt': 'a' })
    await sealed(store, 1, { a: '1', model: 'one', 'log.txt': 'b' })
    expect(warnings).toEqual([])
    const again = await sealed(store, 1, { a: '1', model: 'two', other: 'x' })
    expect(again).toMatchObject({ manifest: first.manifest })
    const { id } = first.provenance
    expect(warnings).toEqual([
      `this run made other bytes than the run ${id} from equal inputs (model differs first): it is not ` +
        `reproducible. ${id} stands, and the bytes of this run are kept nowhere. To have a new run in its place: ` +
        `npx blacksmith runs remove ${id}, then the same command`,
    ])
    await sealed(store, 1, { 'a.txt': '0', a: '1', model: 'one' })
    expect(warnings[1]).toContain('(a.txt differs first)')
    expect(readdirSync(store.layout.staging)).toEqual([])
  })

  it('replaces a stored artifact that is broken', async () => {
    const { store } = newStore()
    const first = await sealed(store, 1, { a: 'first' })
    flipByte(join(first.directory, 'a'))
    const second = await sealed(store, 1, { a: 'first' })
    expect(readFileSync(join(second.directory, 'a'), 'utf8')).toBe('first')
    expect(readdirSync(store.layout.broken)).toHaveLength(1)
  })

  it('refuses links, pipes and names that cannot travel, and names each of them', async () => {
    const { store } = newStore()
    const draft = draftOf(1)
    const staging = await store.stage(draft.key)
    writeFiles(staging, {
      'fine.txt': '',
      'manifest.json': '{}',
      'report.html': '',
      'two\nlines': '',
      'back\\slash': '',
    })
    symlinkSync('/etc/passwd', join(staging, 'link'))
    mkdirSync(join(staging, 'folder'))
    writeFileSync(Buffer.concat([Buffer.from(`${staging}/folder/`), Buffer.from([0xff, 0xfe])]), '')
    const message = await messageOf(store.seal(draft.key, staging, draft, []))
    expect(message).toContain('link  cannot be part of an artifact: it is a symbolic link')
    expect(message).toContain('its name holds a control character')
    expect(message).toContain('its name holds a backslash')
    expect(message).toContain('its name is not valid UTF-8')
    for (const name of ['manifest.json', 'report.html']) {
      expect(message).toContain(
        `${name}  cannot be part of an artifact: a file of this name is written beside it`,
      )
    }
    expect(await store.lookup(draft.key)).toBeUndefined()
  })

  it('separates a file from a second name that somebody could write through', async () => {
    const { store, home } = newStore()
    const draft = draftOf(1)
    const staging = await store.stage(draft.key)
    const outside = join(home, 'outside')
    writeFileSync(outside, 'weights')
    linkSync(outside, join(staging, 'model'))
    const made = await store.seal(draft.key, staging, draft, [])
    writeFileSync(outside, 'changed')
    expect(readFileSync(join(made.directory, 'model'), 'utf8')).toBe('weights')
  })

  it('refuses a key that is not that of the components', async () => {
    const { store } = newStore()
    const draft = draftOf(1)
    const staging = await store.stage(draft.key)
    const other = draftOf(2).key
    await expect(store.seal(other, staging, { ...draft, key: other }, [])).rejects.toThrow(
      /not that of the components/,
    )
  })
})

describe('looking up', () => {
  it.each([
    [
      'a flipped byte with its old mtime',
      (folder: string) => flipByte(join(folder, 'sub/a')),
      'sub/a has other bytes',
    ],
    [
      'a file cut short',
      (folder: string) => {
        chmodSync(join(folder, 'sub/a'), 0o644)
        writeFileSync(join(folder, 'sub/a'), '')
      },
      'sub/a has 0 bytes instead of 5',
    ],
    [
      'an added file',
      (folder: string) => writeFiles(folder, { 'sub/b': '' }),
      'sub/b is not in the manifest',
    ],
    [
      'a torn manifest',
      (folder: string) => {
        chmodSync(join(folder, 'manifest.json'), 0o644)
        writeFileSync(join(folder, 'manifest.json'), '{"files":[')
      },
      'manifest.json is not JSON',
    ],
  ])('sets an artifact with %s aside, says so, and calls it absent', async (_, damage, words) => {
    const { store, warnings } = newStore()
    const made = await sealed(store, 1, { 'sub/a': 'bytes' })
    damage(made.directory)
    expect(await store.lookup(made.key)).toBeUndefined()
    expect(warnings).toHaveLength(1)
    expect(warnings[0]).toContain(words)
    const [aside] = readdirSync(store.layout.broken)
    expect(warnings[0]).toContain(join(store.layout.broken, aside ?? '?'))
    expect(existsSync(made.directory)).toBe(false)
    expect(await sealed(store, 1, { 'sub/a': 'bytes' })).toMatchObject({ directory: made.directory })
  })

  it('sets a broken artifact aside while the same command reads others', async () => {
    const { store } = newStore()
    const keyOf = (seed: number) => draftOf(seed).key
    const seeds = Array.from({ length: 600 }, (_, seed) => seed)
    const beside = seeds.find((seed) => seed > 0 && keyOf(seed).slice(0, 2) === keyOf(0).slice(0, 2)) ?? 0
    const [read, other] = [
      await sealed(store, 0, { a: 'read' }),
      await sealed(store, beside, { a: 'broken' }),
    ]
    const held = await store.lookup(read.key)
    flipByte(join(other.directory, 'a'))
    expect(await store.lookup(other.key)).toBeUndefined()
    expect(await sealed(store, beside, { a: 'made again' })).toMatchObject({ key: other.key })
    held?.release()
  })

  it('leaves everything as it is when it only peeks', async () => {
    const { store, warnings } = newStore()
    const made = await sealed(store, 1, { a: 'bytes' })
    flipByte(join(made.directory, 'a'))
    expect(await store.peek(made.key)).toMatchObject({ key: made.key })
    expect(await store.peek(draftOf(2).key)).toBeUndefined()
    expect(warnings).toEqual([])
  })

  it('touches nothing in a home that is not there', async () => {
    const home = join(temporary(), 'absent')
    const { store } = newStore(home)
    expect(await store.lookup(draftOf(1).key)).toBeUndefined()
    expect(await store.peek(draftOf(1).key)).toBeUndefined()
    expect(await store.latest({ project: 'p', target: 'train', configuration: 'default' })).toBeUndefined()
    expect(existsSync(home)).toBe(false)
  })
})

describe('materialize', () => {
  it('says what is missing of a copy that is exchanged while somebody looks at it', async () => {
    const { store } = newStore()
    const made = await sealed(store, 1, { a: 'bytes' })
    const destination = join(temporary('dist'), 'train')
    await store.materialize(made, destination)
    const looking = store.verify(destination, made.manifest)
    rmSync(join(destination, 'a'))
    expect(await looking).toMatchObject([{ path: 'a', kind: 'missing' }])
  })

  it('waits until what another command has put there is complete', async () => {
    const { store } = newStore()
    const [first, second] = [await sealed(store, 1, { a: 'first' }), await sealed(store, 2, { a: 'second' })]
    const destination = join(temporary('dist'), 'train')
    const a = () => readFileSync(join(destination, 'a'), 'utf8')
    let next: Promise<void> | undefined
    await store.materialize(first, destination, async () => {
      next = store.materialize(second, destination)
      await Promise.race([next, pause(50)])
      expect(a()).toBe('first')
    })
    await next
    expect(a()).toBe('second')
  })

  it('puts a whole, writable copy in the place of what stood there', async () => {
    const { store } = newStore()
    const made = await sealed(store, 1, { 'sub/a': 'new', 'metrics.jsonl': '{}' })
    const destination = join(temporary('dist ünïcode'), 'lightning-mnist/default/train')
    writeFiles(destination, { 'old.txt': 'old', 'sub/a': 'old' })
    await store.materialize(made, destination)
    expect(readdirSync(destination).sort()).toEqual([
      'manifest.json',
      'metrics.jsonl',
      'provenance.json',
      'sub',
    ])
    expect(await readArtifact(destination)).toMatchObject({
      manifest: made.manifest,
      provenance: made.provenance,
    })
    expect(await store.verify(destination, made.manifest)).toEqual([])
    expect(statSync(join(destination, 'sub/a')).mode & 0o200).toBe(0o200)
    expect(readdirSync(join(destination, '..'))).toEqual(['train'])
  })

  it('copies nothing where the artifact stands already, and all where one byte of it changed', async () => {
    const { store } = newStore()
    const made = await sealed(store, 1, { a: 'new', 'log.txt': 'log' })
    const destination = join(temporary('dist'), 'train')
    await store.materialize(made, destination)
    const inode = () => statSync(destination).ino
    const first = inode()
    await store.materialize(made, destination)
    expect(inode()).toBe(first)
    flipByte(join(destination, 'log.txt'))
    await store.materialize(made, destination)
    expect(inode()).not.toBe(first)
    expect(readFileSync(join(destination, 'log.txt'), 'utf8')).toBe('log')
  })

  it('replaces a file or a link that stands in the way', async () => {
    const { store } = newStore()
    const made = await sealed(store, 1, { a: 'new' })
    const parent = temporary('dist')
    writeFiles(parent, { file: 'in the way', 'elsewhere/kept': '' })
    symlinkSync(join(parent, 'elsewhere'), join(parent, 'link'))
    for (const name of ['file', 'link']) {
      await store.materialize(made, join(parent, name))
      expect(readFileSync(join(parent, name, 'a'), 'utf8')).toBe('new')
    }
    expect(readdirSync(join(parent, 'elsewhere'))).toEqual(['kept'])
  })

  it('ends what an interrupted swap left behind', async () => {
    const { store } = newStore()
    const made = await sealed(store, 1, { a: 'new' })
    const parent = temporary('dist')
    writeFiles(parent, { '.train.outgoing-1234/a': 'old', '.train.incoming-5678/a': 'half' })
    await store.materialize(made, join(parent, 'train'))
    expect(readdirSync(parent)).toEqual(['train'])
  })

  it('ignores results.json and the records when it verifies a copied artifact, and nothing else', async () => {
    const { store } = newStore()
    const made = await sealed(store, 1, { a: '1', 'log.txt': 'x' })
    const destination = join(temporary('dist'), 'evaluate')
    await store.materialize(made, destination)
    writeFiles(destination, { 'results.json': '{}' })
    expect(await store.verify(destination, made.manifest)).toEqual([])
    writeFiles(destination, { 'sub/results.json': '{}' })
    expect(await store.verify(destination, made.manifest)).toEqual([
      { path: 'sub/results.json', kind: 'extra', reason: 'is not in the manifest' },
    ])
  })
})

describe('the newest run', () => {
  it('is the one sealed last, whatever the clock says', async () => {
    const { store } = newStore()
    await sealed(store, 1, { a: '1' }, { finished: '2030-01-01T00:00:00.000Z' })
    const second = await sealed(store, 2, { a: '2' }, { finished: '2020-01-01T00:00:00.000Z' })
    await sealed(store, 3, { a: '3' }, { configuration: 'full' })
    const identity = { project: 'lightning-mnist', target: 'train' as const, configuration: 'default' }
    expect((await store.latest(identity))?.key).toBe(second.key)
    await collectGarbage(store.layout, { maxBytes: 0 })
    expect(await store.latest(identity)).toBeUndefined()
    const third = await sealed(store, 4, { a: '4' })
    rmSync(store.layout.latest, { recursive: true })
    expect((await store.latest(identity))?.key).toBe(third.key)
  })
})

describe('a clock that was set back', () => {
  it('makes nothing be taken for broken, forgotten or old', async () => {
    const { store, warnings } = newStore()
    const made = await sealed(store, 1, { a: '1' })
    const yesterday = Date.now() - 24 * 3600 * 1000
    const clock = jest.spyOn(Date, 'now').mockReturnValue(yesterday)
    try {
      for (const seed of [1, 2]) {
        const found = (await store.lookup(draftOf(seed).key)) ?? (await sealed(store, seed, { a: '1' }))
        await store.materialize(found, join(temporary('dist'), 'train'))
      }
      expect((await collectGarbage(store.layout, { keepDays: 0.5 })).removed).toEqual([])
      chmodSync(join(made.directory, 'a'), 0o644)
      writeFileSync(join(made.directory, 'a'), '2')
      expect(await store.lookup(made.key)).toBeUndefined()
      expect(warnings).toHaveLength(1)
    } finally {
      clock.mockRestore()
    }
  })
})

describe('the lock of a key', () => {
  it('makes the second wait until the first is done', async () => {
    const { store } = newStore()
    const { key } = draftOf(1)
    const first = await store.lockKey(key)
    const order: string[] = []
    const second = store.lockKey(key, { onWait: () => order.push('waits') }).then((lock) => {
      order.push('second')
      lock.close()
    })
    await new Promise((resolve) => setTimeout(resolve, 60))
    order.push('first done')
    first.close()
    await second
    expect(order).toEqual(['waits', 'first done', 'second'])
  })

  it('can be given up while waiting', async () => {
    const { store } = newStore()
    const { key } = draftOf(1)
    const first = await store.lockKey(key)
    const stop = new AbortController()
    const second = store.lockKey(key, { signal: stop.signal })
    stop.abort(new Error('stopped'))
    await expect(second).rejects.toThrow('stopped')
    first.close()
  })
})
