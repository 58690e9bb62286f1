import { chmodSync, existsSync, mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { lock } from '@blacksmith/native'
import { sha256 } from '../key/key'
import { findRun, labelRun } from '../runs/runs'
import { Store } from '../store'
import { draftOf, sealed, temporaryFolders, writeFiles } from '../testing/fixtures'
import { type Candidate, choose } from './candidate'
import { collectGarbage } from './collect-garbage'
import { remove } from './remove'

const temporary = temporaryFolders()
const day = 24 * 3600 * 1000
const now = Date.now()

/** A store with runs of 1000 bytes, the first last used `ages[0]` days ago and so on. */
async function storeOf(...ages: number[]) {
  const store = new Store(temporary('gc'), { warn: () => undefined })
  const keys: string[] = []
  for (const [seed, age] of ages.entries()) {
    const { key } = await sealed(store, seed, { model: `${seed}`.padEnd(1000, '.') })
    setUse(store, key, age)
    keys.push(key)
  }
  const left = async () =>
    (await Promise.all(keys.map((key) => store.peek(key)))).map((found) => found !== undefined)
  return { store, keys: keys as [string, ...string[]], left }
}

function setUse(store: Store, key: string, age: number): void {
  const at = new Date(now - age * day)
  utimesSync(join(store.layout.used, key), at, at)
}

describe('the choice of what goes', () => {
  const candidate = (path: string, days: number, bytes = 10, kind: Candidate['kind'] = 'artifact') => ({
    kind,
    path,
    bytes,
    used: now - days * day,
  })
  const paths = (candidates: Candidate[], policy: object, pinnedBytes = 0) =>
    choose(candidates, policy, { now, pinnedBytes }).map(({ path }) => path)

  it('is by the last use, not by when it was made', () => {
    expect(paths([candidate('a', 10), candidate('b', 31), candidate('c', 29)], { keepDays: 30 })).toEqual([
      'b',
    ])
  })

  it('takes the least recently used until the rest fits, and broken ones first', () => {
    const all = [candidate('a', 1), candidate('b', 5), candidate('c', 3), candidate('d', 0, 10, 'broken')]
    expect(paths(all, { maxBytes: 40 })).toEqual([])
    expect(paths(all, { maxBytes: 30 })).toEqual(['d'])
    expect(paths(all, { maxBytes: 29 })).toEqual(['b', 'd'])
    expect(paths(all, { maxBytes: 30 }, 15)).toEqual(['b', 'c', 'd'])
  })

  it('is also what is made again in no time, after a month or as asked for', () => {
    const all = [candidate('a', 31), candidate('c', 31, 10, 'capsule'), candidate('i', 29, 10, 'input')]
    expect(paths(all, {})).toEqual(['c'])
    expect(paths(all, { keepDays: 28 })).toEqual(['a', 'c', 'i'])
    expect(paths(all, { keepDays: 40 })).toEqual([])
  })

  it('is only rubbish without bounds, and counts times in the future as now', () => {
    const all = [candidate('a', 4000), candidate('s', 0, 10, 'staging'), candidate('t', 0, 10, 'trash')]
    expect(paths(all, {})).toEqual(['s', 't'])
    expect(paths([candidate('a', -4000)], { keepDays: 0 })).toEqual([])
  })
})

describe('garbage collection', () => {
  it('takes away what was not used for long, and says what and why', async () => {
    const { store, keys, left } = await storeOf(40, 10)
    const report = await collectGarbage(store.layout, { keepDays: 30 }, { now })
    expect(await left()).toEqual([false, true])
    expect(report.removed).toMatchObject([
      { kind: 'artifact', key: keys[0], because: 'it was last used 40 days ago' },
    ])
    expect(report).toMatchObject({ removedBytes: 1000, leftBytes: 1000 })
    expect(readdirSync(store.layout.trash)).toEqual([])
    expect(
      await store.latest({ project: 'lightning-mnist', target: 'train', configuration: 'default' }),
    ).toBeDefined()
  })

  it('takes nothing away in a dry run, and reports the same', async () => {
    const { store, left } = await storeOf(40, 10)
    const dry = await collectGarbage(store.layout, { maxBytes: 1500 }, { now, dryRun: true })
    expect(await left()).toEqual([true, true])
    expect(await collectGarbage(store.layout, { maxBytes: 1500 }, { now })).toEqual(dry)
  })

  it('leaves what a run is making or using', async () => {
    const { store, keys, left } = await storeOf(40)
    const staging = await store.stage(keys[0])
    const held = await store.lockKey(keys[0])
    const report = await collectGarbage(store.layout, { keepDays: 1 }, { now })
    expect(report.kept.map(({ because }) => because).sort()).toEqual([
      'a run is making it',
      'a run is using it',
    ])
    held.close()
    await collectGarbage(store.layout, { keepDays: 1 }, { now })
    expect(await left()).toEqual([false])
    expect(existsSync(staging)).toBe(false)
  })

  it('leaves what a look-up has found until it is in place', async () => {
    const { store, keys, left } = await storeOf(40)
    const found = await store.lookup(keys[0])
    setUse(store, keys[0], 40)
    const { kept } = await collectGarbage(store.layout, { keepDays: 1 }, { now })
    expect(kept).toMatchObject([{ because: 'it is being looked up' }])
    if (found) await store.materialize(found, join(temporary('elsewhere'), 'copy'))
    setUse(store, keys[0], 40)
    await collectGarbage(store.layout, { keepDays: 1 }, { now })
    expect(await left()).toEqual([false])
  })

  it('leaves what was put in place, or named, after it has taken stock', async () => {
    const { store, keys, left } = await storeOf(40, 40)
    const doomed = keys.map((key) => ({
      kind: 'artifact' as const,
      ...{ key, path: store.layout.artifact(key), bytes: 1000, used: now - 40 * day, because: 'it is old' },
    }))
    const found = await store.lookup(keys[0])
    setUse(store, keys[0], 40)
    if (found)
      await store.materialize(found, join(temporary('workspace'), 'dist/lightning-mnist/default/train'))
    const run = await findRun(store.layout, keys[1] ?? '')
    await labelRun(store.layout, run, (labels) => ({ ...labels, name: 'best' }))
    for (const one of doomed) {
      expect(await remove(store.layout, one)).toEqual({ removed: false, because: 'it was used just now' })
    }
    expect(await left()).toEqual([true, true])
  })

  it('does its work beside another', async () => {
    const { store } = await storeOf(0)
    const broken = Array.from({ length: 20 }, (_, at) => `broken/${sha256(`${at}`)}-1/model`)
    writeFiles(store.layout.home, Object.fromEntries(broken.map((path) => [path, ''])))
    const collect = () => collectGarbage(store.layout, { maxBytes: 0 }, { now: now + day })
    await Promise.all([collect(), collect(), collect()])
    expect(readdirSync(store.layout.broken)).toEqual([])
  })

  it("leaves what stands in a workspace's dist/, as long as it stands there", async () => {
    const { store, keys, left } = await storeOf(40, 40)
    const root = temporary('workspace')
    const dist = join(root, 'dist/lightning-mnist/default/train')
    const materialize = async (key: string) => {
      const found = await store.lookup(key)
      if (found) await store.materialize(found, dist)
      setUse(store, key, 40)
    }
    await materialize(keys[0])
    await materialize(keys[1] ?? '')
    const { kept } = await collectGarbage(store.layout, { keepDays: 1, maxBytes: 0 }, { now })
    expect(await left()).toEqual([false, true])
    expect(kept).toMatchObject([{ because: `it stands in ${dist}` }])
  })

  it.each(['', '{"path":', '{"path":7}'])(
    'takes nothing away while the note of a workspace is %j, which the next run there mends',
    async (text) => {
      const { store, keys, left } = await storeOf(40)
      const dist = join(temporary('workspace'), 'dist/lightning-mnist/default/train')
      const materialize = async () =>
        store.materialize(await sealed(store, 0, { model: '0'.padEnd(1000, '.') }), dist)
      await materialize()
      const [name = ''] = readdirSync(store.layout.workspaces)
      const note = join(store.layout.workspaces, name)
      chmodSync(note, 0o644)
      writeFileSync(note, text)
      setUse(store, keys[0], 40)
      await expect(collectGarbage(store.layout, { keepDays: 1 }, { now })).rejects.toThrow(
        `${note}  does not say which workspace`,
      )
      await materialize()
      setUse(store, keys[0], 40)
      const { kept } = await collectGarbage(store.layout, { keepDays: 1 }, { now })
      expect(kept).toMatchObject([{ because: `it stands in ${dist}` }])
      expect(await left()).toEqual([true])
    },
  )

  it('leaves named runs, and forgets the labels of others with them', async () => {
    const { store, keys, left } = await storeOf(40, 40)
    await labelRun(store.layout, await findRun(store.layout, keys[0]), () => ({ name: 'paper', tags: [] }))
    await labelRun(store.layout, await findRun(store.layout, keys[1] ?? ''), () => ({ tags: ['try'] }))
    setUse(store, keys[0], 40)
    const { kept } = await collectGarbage(store.layout, { keepDays: 1 }, { now })
    expect(await left()).toEqual([true, false])
    expect(kept).toMatchObject([{ because: 'it is named paper' }])
    expect(readdirSync(store.layout.labels).filter((name) => name.endsWith('.json'))).toHaveLength(1)
  })

  it('clears what killed runs left: staging, working state, trash, halves of downloads, stale indices', async () => {
    const { store, keys } = await storeOf(0)
    const { layout } = store
    const [lineage, live, digest] = ['lineage', 'live', 'download'].map((text) => sha256(text)) as [
      string,
      string,
      string,
    ]
    const gone = draftOf(99).key
    writeFiles(layout.home, {
      [`staging/${gone}-abc/model`]: 'half',
      [`work/${lineage}/checkpoints/1`]: 'state',
      [`work/${live}/checkpoints/1`]: 'state',
      'trash/abc/model': 'dead',
      [`downloads/${digest}.part`]: 'half',
      [`broken/${gone}-abc/model`]: 'bad',
      'index/1234.idx': 'torn',
    })
    const old = new Date(now - 40 * day)
    for (const path of [`work/${lineage}`, `work/${live}`, `broken/${gone}-abc`]) {
      for (const below of readdirSync(join(layout.home, path), { recursive: true }) as string[]) {
        utimesSync(join(layout.home, path, below), old, old)
      }
      utimesSync(join(layout.home, path), old, old)
    }
    utimesSync(join(layout.home, `downloads/${digest}.part`), old, old)
    const working = await lock(join(layout.work, `${live}.lock`), 'exclusive')
    const { removed, kept } = await collectGarbage(layout, { keepDays: 30 }, { now })
    working.close()
    expect(removed.map(({ kind }) => kind).sort()).toEqual([
      'broken',
      'download',
      'index',
      'staging',
      'trash',
      'work',
    ])
    expect(kept).toMatchObject([{ kind: 'work', key: live, because: 'a run is working on it' }])
    expect(readdirSync(layout.work).sort()).toEqual([live, `${live}.lock`, `${lineage}.lock`].sort())
    expect(await store.peek(keys[0])).toBeDefined()
  })

  it('keeps fresh downloads, whatever the bounds', async () => {
    const { store } = await storeOf(0)
    mkdirSync(store.layout.downloads)
    writeFileSync(join(store.layout.downloads, sha256('fresh')), 'fresh')
    writeFileSync(join(store.layout.downloads, sha256('old')), 'old')
    const old = new Date(now - 2 * day)
    utimesSync(join(store.layout.downloads, sha256('old')), old, old)
    await collectGarbage(store.layout, { maxBytes: 0 }, { now })
    expect(readdirSync(store.layout.downloads)).toEqual([sha256('fresh')])
  })

  it('takes away capsules and inputs that were not used for a month, but for those in use', async () => {
    const { store } = await storeOf(0)
    const { layout } = store
    const [idle, read, fresh] = ['idle', 'read', 'fresh'].map((text) => sha256(text)) as [
      string,
      string,
      string,
    ]
    const age = (path: string, days: number) => {
      const at = new Date(now - days * day)
      utimesSync(join(layout.home, path), at, at)
    }
    for (const digest of [idle, read, fresh]) {
      writeFiles(layout.home, { [`capsules/${digest}/recipe.py`]: 'pass', [`inputs/${digest}`]: 'curve' })
      age(`capsules/${digest}/recipe.py`, 50)
      for (const path of [`capsules/${digest}`, `inputs/${digest}`]) age(path, digest === fresh ? 2 : 40)
    }
    for (const [name, days] of [
      ['partial-old', 40],
      ['partial-new', 0],
    ] as const) {
      writeFiles(layout.home, { [`capsules/${name}/recipe.py`]: 'pa' })
      for (const path of [`capsules/${name}/recipe.py`, `capsules/${name}`]) age(path, days)
    }
    mkdirSync(dirname(layout.capsuleLock(read)), { recursive: true })
    const trainer = await lock(layout.capsuleLock(read), 'shared')
    const { removed, kept } = await collectGarbage(layout, {}, { now })
    trainer.close()
    expect(removed.map(({ path }) => path.slice(layout.home.length + 1)).sort()).toEqual(
      [`capsules/${idle}`, 'capsules/partial-old', `inputs/${idle}`].sort(),
    )
    const because = 'a run is using it, or one beside it'
    expect(kept.map((one) => ({ kind: one.kind, key: one.key, because: one.because }))).toEqual(
      ['input', 'capsule'].map((kind) => ({ kind, key: read, because })),
    )
    expect(readdirSync(layout.capsules).sort()).toEqual([read, fresh, 'partial-new'].sort())
    // Used as the policy asks, or now: a size to keep takes no input that a run may be about to read.
    age(`inputs/${fresh}`, 0)
    await collectGarbage(layout, { maxBytes: 0 }, { now })
    expect(readdirSync(layout.inputs)).toEqual([fresh])
    expect(readdirSync(layout.capsules)).toEqual(['partial-new'])
  })

  it('leaves a capsule that was used between its choice and its removal', async () => {
    const { store } = await storeOf(0)
    const { layout } = store
    const path = layout.capsule(sha256('capsule'))
    writeFiles(path, { 'recipe.py': 'pass' })
    const chosen = { kind: 'capsule' as const, key: sha256('capsule'), path, bytes: 4, because: 'it is old' }
    expect(await remove(layout, { ...chosen, used: now - 40 * day })).toEqual({
      removed: false,
      because: 'it was used just now',
    })
    expect(await remove(layout, { ...chosen, used: Date.now() + 1000 })).toEqual({ removed: true })
  })

  it('never takes anything from under look-ups that run at the same time', async () => {
    const { store, keys } = await storeOf(...Array.from({ length: 6 }, () => 40))
    const other = new Store(store.home, { warn: () => undefined })
    const elsewhere = temporary('elsewhere')
    const deadline = Date.now() + 60_000
    let materialized = 0
    let missed = 0
    let removed = 0
    // Until all has happened often enough, however busy the machine is.
    const goesOn = () => Date.now() < deadline && (materialized < 20 || missed < 8 || removed < 8)
    const look = async (seed: number) => {
      while (goesOn()) {
        const key = keys[seed] ?? ''
        const making = await other.lockKey(key)
        const found = await other.lookup(key)
        if (!found) {
          missed++
          await sealed(other, seed, { model: `${seed}`.padEnd(1000, '.') })
        }
        making.close()
        if (!found) continue
        await other.materialize(found, join(elsewhere, `${seed}`))
        expect(await other.verify(join(elsewhere, `${seed}`), found.manifest)).toEqual([])
        materialized++
      }
    }
    const collect = async () => {
      while (goesOn()) removed += (await collectGarbage(store.layout, { maxBytes: 0 })).removed.length
    }
    await Promise.all([collect(), ...keys.map((_, seed) => look(seed))])
    expect(goesOn()).toBe(false)
    expect(Date.now()).toBeLessThan(deadline)
    expect(existsSync(store.layout.broken)).toBe(false)
  })
})
