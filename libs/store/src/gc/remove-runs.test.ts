import { chmodSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { lock } from '@blacksmith/native'
import type { Artifact } from '../artifact/artifact'
import { manifestDigest } from '../artifact/manifest'
import type { ProvenanceDraft } from '../artifact/provenance'
import { sha256, type Target } from '../key/key'
import { findRun, labelRun, listRuns } from '../runs/runs'
import { Store } from '../store'
import { sealed, temporaryFolders, writeFiles } from '../testing/fixtures'
import { planRemoval, removeRuns } from './remove-runs'

const temporary = temporaryFolders()
const ours = sha256('lineage')

/** A store where runs of any target are sealed one after the other, with what they read. */
function newStore() {
  const store = new Store(temporary('remove'), { warn: () => undefined })
  let count = 0
  const make = (
    target: Target,
    files: Record<string, string>,
    reads: { data?: Artifact; model?: string } = {},
    more: Partial<ProvenanceDraft> = {},
  ) => {
    count++
    const { data, model } = reads
    const components = {
      version: 1,
      target,
      count,
      ...(data ? { data: manifestDigest(data.manifest) } : {}),
      ...(model ? { model: sha256(model) } : {}),
    }
    const finished = new Date(1_777_000_000_000 + count * 1000).toISOString()
    return sealed(store, count, files, { components, target, finished, ...more })
  }
  const prepare = (text: string) => make('prepare-data', { 'train.bin': text })
  const train = (data: Artifact, model: string, more?: Partial<ProvenanceDraft>) =>
    make('train', { 'model.safetensors': model }, { data }, more)
  const evaluate = (data: Artifact, model: string) => make('evaluate', { metrics: model }, { data, model })
  const left = async () => (await listRuns(store.layout)).map(({ key }) => key).sort()
  const remove = async (...runs: Artifact[]) =>
    removeRuns(
      store.layout,
      await planRemoval(
        store.layout,
        runs.map(({ key }) => key),
      ),
    )
  return { store, layout: store.layout, prepare, train, evaluate, left, remove }
}

const keysOf = (...artifacts: Artifact[]) => artifacts.map(({ key }) => key).sort()

describe('what goes with a run', () => {
  it('is all that came of it: trainings on its data, evaluations of their models', async () => {
    const { layout, prepare, train, evaluate, left, remove } = newStore()
    const [wrong, right] = [await prepare('wrong'), await prepare('right')]
    const [bad, good] = [await train(wrong, 'bad'), await train(right, 'good')]
    const [judged, kept] = [await evaluate(wrong, 'bad'), await evaluate(right, 'good')]
    const crossed = await evaluate(right, 'bad')
    const { named, followers } = await planRemoval(layout, [wrong.key.slice(0, 12)])
    expect(named.map(({ key }) => key)).toEqual([wrong.key])
    expect(Object.fromEntries(followers.map(({ run, because }) => [run.key, because]))).toEqual({
      [bad.key]: `it read the data of ${wrong.provenance.id}`,
      [judged.key]: `it read the data of ${wrong.provenance.id}`,
      [crossed.key]: `it evaluated the model of ${bad.provenance.id}`,
    })
    expect(await left()).toHaveLength(7)
    const gone = await remove(wrong)
    expect(gone.runs.at(-1)?.key).toBe(wrong.key)
    expect(await left()).toEqual(keysOf(right, good, kept))
  })

  it('is not what another run that stays gave the same bytes', async () => {
    const { prepare, train, evaluate, left, remove } = newStore()
    const data = await prepare('data')
    const [before, after] = [await train(data, 'same'), await train(data, 'same')]
    const judged = await evaluate(data, 'same')
    await remove(before)
    expect(await left()).toEqual(keysOf(data, after, judged))
    await remove(after)
    expect(await left()).toEqual(keysOf(data))
  })

  it('is a training that continued from it, or from a checkpoint that may have', async () => {
    const { layout, prepare, train, left, remove } = newStore()
    const data = await prepare('data')
    const killed = { lineage: ours, continued_from: { checkpoint: '/elsewhere/step-000000000010', step: 10 } }
    const early = await train(data, 'a', killed)
    const short = await train(data, 'b', { lineage: ours })
    const long = await train(data, 'c', {
      lineage: ours,
      continued_from: { run: short.provenance.id, step: 10 },
    })
    const resumed = await train(data, 'd', killed)
    const alone = await train(data, 'e', { lineage: ours })
    const other = await train(data, 'f', { ...killed, lineage: sha256('other') })
    const { followers } = await planRemoval(layout, [short.key])
    expect(Object.fromEntries(followers.map(({ run, because }) => [run.key, because]))).toEqual({
      [long.key]: `it continued from ${short.provenance.id}`,
      [resumed.key]: `it continued from a checkpoint of the same training as ${short.provenance.id}`,
    })
    await remove(short)
    expect(await left()).toEqual(keysOf(data, early, alone, other))
  })

  it('is named by what is one run; all that is not is reported at once', async () => {
    const { layout, prepare } = newStore()
    const run = await prepare('data')
    await labelRun(layout, await findRun(layout, run.key), () => ({ name: 'wrong', tags: [] }))
    expect((await planRemoval(layout, ['wrong', run.key])).named).toHaveLength(1)
    await expect(planRemoval(layout, ['nothing', 'wrong', 'none'])).rejects.toMatchObject({
      problems: [
        { message: expect.stringContaining('no run "nothing"') },
        { message: expect.stringContaining('no run "none"') },
      ],
    })
  })
})

describe('a removal', () => {
  it('leaves nothing of the run: labels, uses, newest, lineages, trash', async () => {
    const { store, layout, prepare, train, remove } = newStore()
    const run = await train(await prepare('data'), 'model', { lineage: ours })
    await labelRun(layout, await findRun(layout, run.key), () => ({ name: 'paper', tags: [] }))
    await listRuns(layout, { lineage: ours })
    expect(readFileSync(layout.lineages, 'utf8')).toContain(run.key)
    await remove(run)
    for (const file of readdirSync(layout.home, { recursive: true, withFileTypes: true })) {
      // Lock files are never unlinked.
      if (file.name.endsWith('.lock')) continue
      expect(file.name).not.toContain(run.key)
      if (!file.isFile() || file.parentPath.startsWith(layout.index)) continue
      expect(readFileSync(join(file.parentPath, file.name), 'utf8')).not.toContain(run.key)
    }
    expect(readdirSync(layout.trash)).toEqual([])
    const identity = { project: 'lightning-mnist', target: 'train' as const, configuration: 'default' }
    expect(await store.latest(identity)).toBeUndefined()
  })

  it('takes the checkpoints from which the training would go on', async () => {
    const { layout, prepare, train, remove } = newStore()
    const run = await train(await prepare('data'), 'model', { lineage: ours })
    writeFiles(layout.work, {
      [`${ours}/checkpoints/step-000000000020/state`]: 'later',
      [`${ours}-fresh/checkpoints/step-000000000020/state`]: 'later',
      [`${sha256('other')}/checkpoints/step-000000000020/state`]: 'of another',
    })
    await remove(run)
    expect(readdirSync(layout.work).filter((name) => !name.endsWith('.lock'))).toEqual([sha256('other')])
  })

  it('takes the copies in the dist/ of each workspace, and nothing that stands there instead', async () => {
    const { store, prepare, train, remove } = newStore()
    const data = await prepare('data')
    const [wrong, right] = [await train(data, 'wrong'), await train(data, 'right')]
    const [one, two] = ['one', 'two'].map((name) => join(temporary(name), 'dist/lightning-mnist')) as [
      string,
      string,
    ]
    for (const dist of [one, two]) await store.materialize(wrong, join(dist, 'default/train'))
    await store.materialize(data, join(one, 'default/prepare-data'))
    await store.materialize(right, join(two, 'full/train'))
    const { copies, left } = await remove(wrong)
    expect(copies.sort()).toEqual([one, two].map((dist) => join(dist, 'default/train')).sort())
    expect(left).toEqual([])
    expect(readdirSync(join(one, 'default'))).toEqual(['prepare-data'])
    expect(readdirSync(join(two, 'default'))).toEqual([])
    expect(existsSync(join(two, 'full/train/model.safetensors'))).toBe(true)
  })

  it.each([
    ['a run is using it', (store: Store, { key }: Artifact) => store.lockKey(key)],
    [
      'it is being looked up',
      async (store: Store, { key }: Artifact) => {
        const found = await store.lookup(key)
        return { close: () => found?.release() }
      },
    ],
    ['a run is working on it', (store: Store) => lock(join(store.layout.work, `${ours}.lock`), 'exclusive')],
  ])('takes nothing while one of the runs is in use: %s', async (because, use) => {
    const { store, layout, prepare, train, left, remove } = newStore()
    const data = await prepare('data')
    const run = await train(data, 'model', { lineage: ours })
    writeFiles(layout.work, { [`${ours}/checkpoints/step-000000000020/state`]: 'later' })
    const dist = join(temporary('workspace'), 'dist/lightning-mnist/default/train')
    await store.materialize(run, dist)
    const user = await use(store, run)
    await expect(remove(data)).rejects.toMatchObject({
      problems: [{ message: `${run.provenance.id} was not removed: ${because}` }],
    })
    expect(await left()).toEqual(keysOf(data, run))
    expect(statSync(dist).isDirectory()).toBe(true)
    expect(existsSync(join(layout.work, ours))).toBe(true)
    user.close()
    await remove(data)
    expect(await left()).toEqual([])
  })

  it('lets the same key be made anew, with other bytes', async () => {
    const { store, remove } = newStore()
    const first = await sealed(store, 1, { 'model.safetensors': 'wrong' })
    await remove(first)
    expect(await store.lookup(first.key)).toBeUndefined()
    const second = await sealed(store, 1, { 'model.safetensors': 'right' })
    expect(second.key).toBe(first.key)
    expect(readFileSync(join(second.directory, 'model.safetensors'), 'utf8')).toBe('right')
  })

  it('of a broken run goes through as well', async () => {
    const { prepare, left, remove } = newStore()
    const run = await prepare('data')
    chmodSync(join(run.directory, 'train.bin'), 0o644)
    writeFileSync(join(run.directory, 'train.bin'), 'DATA')
    await remove(run)
    expect(await left()).toEqual([])
  })
})
