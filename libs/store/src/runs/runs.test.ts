import { chmodSync, cpSync, lstatSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { exportRun } from '../export-run'
import { sha256 } from '../key/key'
import { Store } from '../store'
import { sealed, temporaryFolders, writeFiles } from '../testing/fixtures'
import { findRun, labelRun, listRuns } from './runs'
import { verifyStore } from './verify-store'

const temporary = temporaryFolders()

async function storeWithRuns() {
  const store = new Store(temporary('runs'), { warn: () => undefined })
  const first = await sealed(store, 1, { model: 'one' }, { finished: '2026-01-01T00:00:00.000Z' })
  const second = await sealed(
    store,
    2,
    { model: 'second' },
    { finished: '2026-02-01T00:00:00.000Z', configuration: 'full' },
  )
  const data = await sealed(
    store,
    3,
    { train: 'data' },
    { finished: '2026-01-15T00:00:00.000Z', target: 'prepare-data', project: 'jax-mnist' },
  )
  return { store, layout: store.layout, first, second, data }
}

describe('runs', () => {
  it('are listed with the newest first, and by what is asked for', async () => {
    const { layout, first, second, data } = await storeWithRuns()
    const keys = async (filter: object) => (await listRuns(layout, filter)).map((run) => run.key)
    expect(await keys({})).toEqual([second.key, data.key, first.key])
    expect(await keys({ project: 'lightning-mnist', configuration: 'default' })).toEqual([first.key])
    expect(await keys({ target: 'prepare-data' })).toEqual([data.key])
    expect(await keys({ since: new Date('2026-01-15T00:00:00Z') })).toEqual([second.key, data.key])
    expect((await listRuns(layout, { configuration: 'full' }))[0]).toMatchObject({
      bytes: 6,
      id: second.provenance.id,
    })
  })

  it('of a lineage are known without reading all others', async () => {
    const { layout, store } = await storeWithRuns()
    const [ours, theirs] = [sha256('ours'), sha256('theirs')]
    const short = await sealed(
      store,
      4,
      { model: 'a' },
      { lineage: ours, finished: '2026-03-01T00:00:00.000Z' },
    )
    const long = await sealed(
      store,
      5,
      { model: 'b' },
      { lineage: ours, finished: '2026-04-01T00:00:00.000Z' },
    )
    const foreign = await sealed(store, 6, { model: 'c' }, { lineage: theirs })
    const keys = async (lineage: string) => (await listRuns(layout, { lineage })).map((run) => run.key)
    expect(await keys(ours)).toEqual([long.key, short.key])

    // A provenance never changes: that this one now says something else shows that it is not read again.
    const file = join(foreign.directory, 'provenance.json')
    chmodSync(file, 0o644)
    writeFileSync(file, JSON.stringify({ ...foreign.provenance, lineage: ours }))
    expect(await keys(ours)).toEqual([long.key, short.key])
    expect(await keys(theirs)).toEqual([])

    chmodSync(layout.lineages, 0o644)
    for (const content of ['{', '{"format":0}', '{"format":1}']) {
      writeFileSync(layout.lineages, content)
      expect((await keys(ours)).sort()).toEqual([long.key, short.key, foreign.key].sort())
    }
  })

  it('of a lineage that came by a copy are found, those that are gone are not', async () => {
    const [here, there] = [new Store(temporary('here')), new Store(temporary('there'))]
    const lineage = sha256('ours')
    const first = await sealed(here, 1, { model: 'a' }, { lineage })
    const second = await sealed(there, 2, { model: 'b' }, { lineage })
    const keys = async () => (await listRuns(here.layout, { lineage })).map((run) => run.key).sort()
    expect(await keys()).toEqual([first.key])
    cpSync(second.directory, here.layout.artifact(second.key), { recursive: true })
    expect(await keys()).toEqual([first.key, second.key].sort())
    rmSync(first.directory, { recursive: true })
    expect(await keys()).toEqual([second.key])
    await sealed(here, 1, { model: 'a' }, { lineage: sha256('another') })
    expect(await keys()).toEqual([second.key])
  })

  it('are found by the beginning of the key, and by name; what is not one run is refused', async () => {
    const { layout, first, second } = await storeWithRuns()
    expect((await findRun(layout, first.key.slice(0, 8))).key).toBe(first.key)
    await labelRun(layout, await findRun(layout, second.key), (labels) => ({ ...labels, name: 'baseline' }))
    expect((await findRun(layout, 'baseline')).key).toBe(second.key)
    await expect(findRun(layout, 'nothing')).rejects.toThrow(/there is no run "nothing"/)
    await expect(findRun(layout, '')).rejects.toThrow(/is the beginning of several runs/)
  })

  it('carry names, tags and notes beside the artifact, which stays as it is', async () => {
    const { store, layout, first, second } = await storeWithRuns()
    const run = await findRun(layout, first.key)
    await labelRun(layout, run, () => ({ name: 'best', tags: ['b', 'a', 'b'], note: 'after the fix' }))
    expect((await findRun(layout, 'best')).labels).toEqual({
      name: 'best',
      tags: ['a', 'b'],
      note: 'after the fix',
    })
    expect((await listRuns(layout, { tag: 'a' })).map(({ key }) => key)).toEqual([first.key])
    const other = await findRun(layout, second.key)
    await expect(labelRun(layout, other, () => ({ name: 'best', tags: [] }))).rejects.toThrow(
      /is called best/,
    )
    await expect(labelRun(layout, other, () => ({ name: '../x', tags: [] }))).rejects.toThrow(
      /may hold letters/,
    )
    const found = await store.lookup(first.key)
    expect(found).toBeDefined()
    found?.release()
  })

  it('never get one name by two commands at once', async () => {
    const { layout, first, second } = await storeWithRuns()
    const runs = await Promise.all([first, second].map(({ key }) => findRun(layout, key)))
    const named = await Promise.allSettled(
      runs.map((run) => labelRun(layout, run, () => ({ name: 'best', tags: [] }))),
    )
    expect(named.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
  })

  it('are exported whole to a new folder, and never over something', async () => {
    const { store, first } = await storeWithRuns()
    const folder = join(temporary('export'), 'new')
    await exportRun(store, first.key.slice(0, 10), folder)
    expect(readdirSync(folder).sort()).toEqual(['manifest.json', 'model', 'provenance.json'])
    await expect(exportRun(store, first.key, folder)).rejects.toThrow(/is not empty/)
    const file = join(temporary('export'), 'file')
    writeFileSync(file, '')
    await expect(exportRun(store, first.key, file)).rejects.toThrow(/is not a folder to export to/)
  })
})

describe('a verification of the store', () => {
  it('reads every byte, sets aside what is broken, and names the files', async () => {
    const { store, layout, first, second, data } = await storeWithRuns()
    const model = join(first.directory, 'model')
    await delay(30)
    ;(await store.lookup(second.key))?.release()
    chmodSync(model, 0o644)
    writeFileSync(model, 'ONE')
    writeFiles(data.directory, { extra: '' })
    const progress: string[] = []
    const { intact, broken } = await verifyStore(layout, {
      onProgress: (done, of) => progress.push(`${done}/${of}`),
    })
    expect(intact).toBe(1)
    const named = broken.map(({ key, files }) => [key, files.map(({ path, kind }) => `${path} ${kind}`)])
    expect(Object.fromEntries(named)).toEqual({ [first.key]: ['model digest'], [data.key]: ['extra extra'] })
    expect(progress).toEqual(['1/3', '2/3', '3/3'])
    for (const { aside } of broken) expect(readdirSync(aside ?? '')).toContain('manifest.json')
    expect(await store.lookup(first.key)).toBeUndefined()
  })

  it('finds bytes that the disk lost without any write', async () => {
    const { store, layout, first } = await storeWithRuns()
    const model = join(first.directory, 'model')
    chmodSync(model, 0o644)
    writeFileSync(model, 'ONE')
    // A bad sector changes no time stamp: the index goes on believing what it knew of the file.
    const stats = lstatSync(model)
    const index = store.index.open(first.directory, stats.dev)
    index.learn('model', stats, sha256('one'), Date.now() + 1000)
    await index.save(['model'])
    const found = await store.lookup(first.key)
    expect(found).toBeDefined()
    found?.release()
    const { broken } = await verifyStore(layout)
    expect(broken.map(({ key }) => key)).toEqual([first.key])
  })
})

describe('times of use', () => {
  it('do not go wrong when the clock is set back', async () => {
    const { store, layout, first } = await storeWithRuns()
    const future = new Date(Date.now() + 3_600_000)
    utimesSync(join(layout.used, first.key), future, future)
    ;(await store.lookup(first.key))?.release()
    const run = await findRun(layout, first.key)
    expect(run.used).toBeLessThan(future.getTime())
  })
})
