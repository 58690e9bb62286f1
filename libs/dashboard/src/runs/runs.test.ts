import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { writeSampleArtifact, writeSamplePair } from '../../../report/src/fixtures/sample-store'
import { RunIndex } from './run-index'
import { type RunQuery, searchRuns } from './search'

let home: string
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'index-'))
})
afterEach(() => rmSync(home, { recursive: true }))

async function indexed(): Promise<RunIndex> {
  const index = new RunIndex(join(home, 'artifacts'))
  await index.refresh()
  return index
}

function search(index: RunIndex, query: Partial<RunQuery>) {
  return searchRuns(index.all(), {
    search: '',
    project: '',
    target: '',
    sort: 'started',
    from: 0,
    count: 50,
    ...query,
  })
}

test('an empty store has no runs', async () => {
  const index = await indexed()
  expect([index.size, index.complete]).toEqual([0, true])
})

test('new runs are taken up, deleted ones forgotten, broken ones passed over', async () => {
  const { train } = writeSamplePair(home, 'a', { accuracy: 0.9 })
  const index = await indexed()
  expect(index.size).toBe(2)
  expect(await index.refresh()).toBe(false)

  writeSampleArtifact(home, 'b')
  const broken = index.directory(writeSampleArtifact(home, 'broken'))
  writeFileSync(join(broken, 'provenance.json'), '{')
  rmSync(index.directory(train), { recursive: true })
  // Folders that changed in the same tick as they were read would look unchanged.
  const later = Date.now() / 1000 + 5
  for (const each of [broken, index.directory(train)]) utimesSync(dirname(each), later, later)
  expect(await index.refresh()).toBe(true)
  expect([...index.all()].map(({ target }) => target).sort()).toEqual(['evaluate', 'train'])
  expect(index.get(train)).toBeUndefined()
})

test('an evaluation finds the training that made its model', async () => {
  const { train, evaluate } = writeSamplePair(home, 'a', { accuracy: 0.9 })
  writeSamplePair(home, 'b', { accuracy: 0.8 })
  const index = await indexed()
  const run = index.get(evaluate)
  expect(run && index.trainingOf(run)?.key).toBe(train)
})

test('runs are found by words, parameters and bounds on metrics', async () => {
  writeSamplePair(home, 'a', { accuracy: 0.91, seed: 7 })
  writeSamplePair(home, 'b', { accuracy: 0.97, project: 'jax-mnist' })
  const index = await indexed()
  expect(search(index, { search: 'jax evaluate' }).runs.map(({ metrics }) => metrics.accuracy)).toEqual([
    0.97,
  ])
  expect(search(index, { search: 'training.seed=7' }).total).toBe(1)
  expect(search(index, { search: 'accuracy>0.95' }).total).toBe(1)
  expect(search(index, { search: 'accuracy<=0.91' }).total).toBe(1)
  expect(search(index, { search: 'constructor>0' }).total).toBe(0)
  expect(search(index, { project: 'jax-mnist', target: 'train' }).total).toBe(1)
  expect(search(index, { search: 'nothing' })).toMatchObject({
    total: 0,
    projects: ['jax-mnist', 'lightning-mnist'],
  })
})

test('runs come in the order that is asked for, a page at a time', async () => {
  for (const [index, accuracy] of [0.91, 0.97, 0.94].entries()) {
    writeSamplePair(home, `r${index}`, { accuracy, started: `2026-05-0${index + 1}T00:00:00.000Z` })
  }
  const index = await indexed()
  const accuracies = (query: Partial<RunQuery>) =>
    search(index, { target: 'evaluate', ...query }).runs.map(({ metrics }) => metrics.accuracy)
  expect(accuracies({})).toEqual([0.94, 0.97, 0.91])
  expect(accuracies({ sort: 'accuracy' })).toEqual([0.97, 0.94, 0.91])
  expect(accuracies({ from: 1, count: 1 })).toEqual([0.97])
})

test('what is no key names no folder', () => {
  expect(() => new RunIndex(home).directory('../../etc')).toThrow(RangeError)
})

test('a folder of runs that is gone takes its runs along', async () => {
  const key = writeSampleArtifact(home, 'a')
  const index = await indexed()
  expect(index.size).toBe(1)
  rmSync(dirname(index.directory(key)), { recursive: true })
  expect(await index.refresh()).toBe(true)
  expect([index.size, await index.refresh()]).toEqual([0, false])
})
