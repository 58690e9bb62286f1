import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { collectGarbage } from '../gc/collect-garbage'
import { Store } from '../store'
import { draftOf, runTarget, sealed, temporaryFolders, writeFiles } from '../testing/fixtures'
import { bindMount, describeUnless, mountOverlay, unmount, whyNoOverlays } from '../testing/machine'

const temporary = temporaryFolders()
const mounted: string[] = []
afterEach(() => {
  for (const folder of mounted.splice(0)) unmount(folder)
})

/** Puts what a folder holds into the lower layer of an overlay, as an image's layers are put below a container's. */
function intoLowerLayer(lower: string): string {
  const merged = temporary('merged')
  mountOverlay(lower, temporary('layers'), merged)
  mounted.push(merged)
  return merged
}

const quiet = { warn: () => undefined }
const dist = 'dist/lightning-mnist/default/train'
const model = (folder: string) => readFileSync(join(folder, 'model'), 'utf8')

/** A store and a dist/ with the run of seed 1, in a lower layer. */
async function inAnImage() {
  const image = temporary('image')
  const store = new Store(join(image, 'store'), quiet)
  await runTarget(store, { seed: 1, files: { model: 'old', 'parts/a': 'a' }, destination: join(image, dist) })
  const merged = intoLowerLayer(image)
  return { store: new Store(join(merged, 'store'), quiet), destination: join(merged, dist), merged }
}

describeUnless(whyNoOverlays(), 'what lies in a lower layer of an image', () => {
  it('is exchanged in dist/ for what was made later, whole, and back again', async () => {
    const { store, destination } = await inAnImage()
    const files = { model: 'new', 'parts/b': 'b' }
    expect(await runTarget(store, { seed: 2, files, destination })).toBe('made')
    expect(await broken(store, 2, destination)).toEqual([])
    expect(readdirSync(destination).sort()).toEqual(['manifest.json', 'model', 'parts', 'provenance.json'])
    expect(readdirSync(join(destination, '..'))).toEqual(['train'])
    expect(await runTarget(store, { seed: 1, files: {}, destination })).toBe('reused')
    expect(model(destination)).toBe('old')
  })

  it('is set aside in the store where it is broken, and made again', async () => {
    const { store, destination } = await inAnImage()
    const artifact = store.layout.artifact(draftOf(1).key)
    writeFiles(artifact, { extra: '' })
    expect(await runTarget(store, { seed: 1, files: { model: 'again' }, destination })).toBe('made')
    expect(model(destination)).toBe('again')
    const [aside = ''] = readdirSync(store.layout.broken)
    expect(readdirSync(join(store.layout.broken, aside))).toContain('extra')
  })

  it('is collected from the store', async () => {
    const image = temporary('image')
    const { key } = await sealed(new Store(image, quiet), 1, { model: 'old' })
    const { layout } = new Store(intoLowerLayer(image), quiet)
    const { removed } = await collectGarbage(layout, { maxBytes: 0 })
    expect(removed.map((one) => one.key)).toEqual([key])
    expect(existsSync(layout.artifact(key))).toBe(false)
    expect(readdirSync(layout.trash)).toEqual([])
  })
})

describeUnless(whyNoOverlays(), 'a dist/ on a disk of its own', () => {
  it.each(['dist', dist])('takes what the store has where %s is the mount', async (place) => {
    const root = temporary('workspace')
    const store = new Store(temporary('store'), quiet)
    const destination = join(root, dist)
    await runTarget(store, { seed: 1, files: { model: 'old', 'parts/a': 'a' }, destination })
    const mount = join(root, place)
    bindMount(temporary('disk'), mount)
    mounted.push(mount)
    for (const seed of [1, 2, 1]) {
      await runTarget(store, { seed, files: { model: `of ${seed}` }, destination })
      expect(await broken(store, seed, destination)).toEqual([])
    }
  })
})

/** How what stands at `destination` differs from the run of a seed. */
async function broken(store: Store, seed: number, destination: string) {
  const run = await store.peek(draftOf(seed).key)
  if (!run) throw new Error(`there is no run of seed ${seed}`)
  return store.verify(destination, run.manifest)
}
