import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { Store } from '../store'
import { draftOf, sealed, temporaryFolders, writeFiles } from '../testing/fixtures'
import { pushRun } from './by-hand'
import { OfRequests } from './of-requests'
import { SharedStore } from './shared-store'

const temporary = temporaryFolders({ inMemory: true })
const { key } = draftOf(1)
const files = { 'model.safetensors': 'weights' }

/** What works in one store for the one or the other. */
function working(home: string, address: string, scope: string) {
  const warnings: string[] = []
  const store = new Store(home, { warn: (line) => warnings.push(line) })
  const shared = SharedStore.of(store, { address, scope })
  if (!shared) throw new Error('a remote was named')
  return { store, shared, warnings }
}

/** A store into which a pull request's artifact was fetched. */
async function fetched(remote: string): Promise<string> {
  const request = working(join(temporary(), 'store'), remote, 'pr-7')
  await request.shared.share(await sealed(request.store, 1, files), { made: true })
  const home = join(temporary(), 'store')
  const held = await working(home, remote, 'pr-7').shared.pull(key)
  held?.release()
  return home
}

test('what was fetched for a pull request stays to its builds, and does not become trusted in the same store', async () => {
  const remote = temporary('remote')
  const home = await fetched(remote)
  const again = await working(home, remote, 'pr-7').shared.lookup(key)
  expect(again).toMatchObject({ key })
  again?.release()
  const { store, shared, warnings } = working(home, remote, 'trusted')
  const run = await store.peek(key)
  await shared.share({ key }, { made: false })
  expect(run && (await pushRun(shared, run))).toEqual({
    state: 'withheld',
    reason: 'it was fetched from pr-7, and is not trusted',
    bytes: 0,
  })
  expect(existsSync(join(remote, 'trusted'))).toBe(false)
  expect(await shared.lookup(key)).toBeUndefined()
  expect(warnings).toEqual([
    `run ${key.slice(0, 10)} was fetched from pr-7, and does not count for what is trusted`,
  ])
  // What is then made in its place is our own.
  const own = await sealed(store, 1, { 'model.safetensors': 'our own' })
  await shared.share(own, { made: true })
  expect(await shared.lookup(key)).toMatchObject({ manifest: own.manifest })
  expect(existsSync(join(remote, 'trusted/records', `${key}.json`))).toBe(true)
})

test('what a pull request’s build went on from makes its result one of the pull request’s', async () => {
  const remote = temporary('remote')
  const home = await fetched(remote)
  const { store, shared } = working(home, remote, 'pr-7')
  const longer = draftOf(2).key
  await shared.inherit(longer, [key])
  await sealed(store, 2, files)
  expect(working(home, remote, 'trusted').shared.ofRequest(longer)).toBe('pr-7')
})

test('checkpoints of a pull request are known by the lineage of their training, and trusted ones are not', async () => {
  const remote = temporary('remote')
  const folder = temporary('checkpoint')
  writeFiles(folder, { 'checkpoint.json': '{}' })
  const lineage = 'e'.repeat(64)
  const fetchedFor = async (scope: string) => {
    const sender = working(join(temporary(), 'store'), remote, scope)
    await sender.shared.sendCheckpoint(
      key,
      { step: 3, folder, processor: null },
      new AbortController().signal,
    )
    const home = join(temporary(), 'store')
    const placeOf = () => join(home, 'work/checkpoints/3')
    const wanted = { key, lineage, after: 0, processor: undefined, placeOf }
    await working(home, remote, 'pr-7').shared.fetchCheckpoint(wanted)
    expect(existsSync(placeOf())).toBe(true)
    return working(home, remote, 'trusted').shared.ofRequest(lineage)
  }
  expect(await fetchedFor('pr-7')).toBe('pr-7')
  expect(await fetchedFor('trusted')).toBeUndefined()
})

test('what is noted again is noted at every moment meanwhile', async () => {
  const { store } = working(join(temporary(), 'store'), temporary('remote'), 'pr-7')
  const notes = new OfRequests(store.layout)
  await notes.note('lineage', 'pr-7')
  const seen = new Set<string | undefined>()
  for (let round = 0; round < 20; round++) {
    let over = false
    const noting = notes.note('lineage', 'pr-7').finally(() => {
      over = true
    })
    while (!over) {
      seen.add(notes.scopeOf('lineage'))
      await new Promise((resolve) => setImmediate(resolve))
    }
    await noting
  }
  expect([...seen]).toEqual(['pr-7'])
})
