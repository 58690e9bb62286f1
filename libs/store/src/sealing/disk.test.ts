import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { formatUserError, isUserError } from '@blacksmith/config'
import { download } from '../downloads/download'
import { collectGarbage } from '../gc/collect-garbage'
import { Store } from '../store'
import { draftOf, runTarget, sealed, temporaryFolders, writeFiles } from '../testing/fixtures'
import { describeUnless, mountSmallDisk, remountReadOnly, unmount, whyNoMounts } from '../testing/machine'
import { mirrors } from '../testing/mirror'

const temporary = temporaryFolders()
const mirror = mirrors()

async function messageOf(promise: Promise<unknown>): Promise<string> {
  const error = await promise.catch((reason) => reason)
  if (!isUserError(error)) throw new Error(`a UserError was expected, not ${error}`)
  return formatUserError(error)
}

/** A store on a disk of its own. */
function smallDisk(size: string): { store: Store; disk: string } {
  const disk = temporary('disk')
  mountSmallDisk(disk, size)
  mounted.push(disk)
  return { store: new Store(join(disk, 'store'), { warn: () => undefined }), disk }
}

const mounted: string[] = []
afterEach(() => {
  for (const disk of mounted.splice(0)) unmount(disk)
})

/** Leaves so many bytes free. */
function fill(disk: string, free: number): void {
  const { bavail, bsize } = statfsSync(disk)
  writeFileSync(join(disk, 'filler'), Buffer.alloc(bavail * bsize - free))
}

describeUnless(whyNoMounts(), 'a full disk', () => {
  it('is said when an artifact cannot be sealed, and what was there stays', async () => {
    const { store, disk } = smallDisk('4m')
    const first = await sealed(store, 1, { model: 'kept' })
    const draft = draftOf(2)
    const staging = await store.stage(draft.key)
    writeFiles(staging, { model: 'x'.repeat(1_000_000) })
    fill(disk, 0)
    const message = await messageOf(store.seal(draft.key, staging, draft, []))
    expect(message).toContain('the disk of the store is full\n  make room (npx blacksmith store gc)')
    expect(await store.peek(draft.key)).toBeUndefined()
    const found = await store.lookup(first.key)
    expect(found?.manifest).toEqual(first.manifest)
    found?.release()
    await messageOf(store.stage(draft.key).then((folder) => writeFileSync(join(folder, 'a'), 'a'))).catch(
      () => undefined,
    )
    rmSync(join(disk, 'filler'))
    expect(await store.seal(draft.key, staging, draft, [])).toMatchObject({ key: draft.key })
  })

  it('is said when an artifact cannot be put in place, and the old one stays there', async () => {
    const { store, disk } = smallDisk('8m')
    const destination = join(disk, 'dist/train')
    await store.materialize(await sealed(store, 1, { model: 'old' }), destination)
    const large = await sealed(store, 2, { model: 'x'.repeat(1_000_000) })
    fill(disk, 500_000)
    expect(await messageOf(store.materialize(large, destination))).toContain(
      `${destination}  there is no space left for it`,
    )
    expect(readFileSync(join(destination, 'model'), 'utf8')).toBe('old')
    expect(readdirSync(join(disk, 'dist'))).toEqual(['train'])
  })

  it('is said when a download does not fit, before it begins or when it ends early', async () => {
    const { store, disk } = smallDisk('32m')
    const content = Buffer.alloc(3_000_000)
    const endless = await mirror((_, response) => {
      response.writeHead(200)
      response.end(content)
    })
    const source = { name: 'images', urls: [endless.url], sha256: null }
    const o = { home: store.home, env: {}, retries: { tries: 1 } }
    expect(await messageOf(download({ ...source, bytes: 20_000_000 }, o))).toMatch(
      /images needs 20\.0 MB, and its disk has/,
    )
    expect(endless.ranges).toEqual([])
    mkdirSync(store.layout.downloads, { recursive: true })
    fill(disk, 1_000_000)
    await messageOf(download(source, o))
    expect(readdirSync(store.layout.downloads).filter((name) => !name.includes('.part'))).toEqual([])
  })

  it('can be cleared by garbage collection, which needs next to no room', async () => {
    const { store, disk } = smallDisk('4m')
    await sealed(store, 1, { model: 'x'.repeat(1_000_000) })
    fill(disk, 8192)
    expect((await collectGarbage(store.layout, { maxBytes: 0 })).removedBytes).toBe(1_000_000)
  })
})

describeUnless(whyNoMounts(), 'a read-only dist/', () => {
  it.each(['empty', 'with another result in it'])('is named, %s', async (filling) => {
    const store = new Store(temporary('store'), { warn: () => undefined })
    const disk = temporary('disk')
    mountSmallDisk(disk, '8m')
    mounted.push(disk)
    const destination = join(disk, 'lightning-mnist/default/train')
    if (filling !== 'empty') await store.materialize(await sealed(store, 1, { model: 'old' }), destination)
    remountReadOnly(disk)
    const message = await messageOf(store.materialize(await sealed(store, 2, { model: 'new' }), destination))
    expect(message).toContain(`${destination}  cannot be written (EROFS)`)
  })
})

describeUnless(whyNoMounts(), 'a read-only store', () => {
  it('gives what it has, and says what to do about what it has not', async () => {
    const { store, disk } = smallDisk('8m')
    const made = await sealed(store, 1, { model: 'shared' })
    remountReadOnly(disk)
    const destination = join(temporary('dist'), 'dist/lightning-mnist/default/train')
    const target = { files: { model: 'shared' }, destination }
    expect(await runTarget(store, { seed: 1, ...target })).toBe('reused')
    expect(await store.verify(destination, made.manifest)).toEqual([])
    const message = await messageOf(runTarget(store, { seed: 2, ...target }))
    expect(message).toContain(
      'nothing can be written to the store (EROFS)\n  set BLACKSMITH_HOME to a folder',
    )
    expect(await messageOf(collectGarbage(store.layout, { maxBytes: 0 }))).toContain('(EROFS)')
    expect(existsSync(made.directory)).toBe(true)
  })

  it('does not give what is broken in it', async () => {
    const { store, disk } = smallDisk('8m')
    const warnings: string[] = []
    const made = await sealed(store, 1, { model: 'shared' })
    writeFiles(made.directory, { extra: '' })
    remountReadOnly(disk)
    const reader = new Store(store.home, { warn: (line) => warnings.push(line) })
    expect(await reader.lookup(made.key)).toBeUndefined()
    expect(warnings.join()).toContain('extra is not in the manifest. The store cannot be written to')
  })
})
