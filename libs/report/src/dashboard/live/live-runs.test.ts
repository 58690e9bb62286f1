import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeWorkFolder } from '../../fixtures/sample-store'
import { createLiveRecord } from './live-record'
import { readLiveRuns } from './live-runs'

let home: string
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'live-'))
})
afterEach(() => rmSync(home, { recursive: true, force: true }))

const run = {
  project: 'lightning-mnist',
  configuration: 'default',
  target: 'train',
  device: 'cpu, 2 threads',
}
const runs = () => readLiveRuns(join(home, 'work'))

/** Changes what a run has written about itself. */
function rewrite(work: string, change: Record<string, unknown>): void {
  const file = join(work, 'live.json')
  writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')), ...change }))
}

test('a run tells how far it is', async () => {
  const { id, work } = makeWorkFolder(home, 'a')
  const live = createLiveRecord(work, run)
  live.event({ event: 'progress', step: 3, of: 10, epoch: 1, metrics: { loss: 0.5 } })
  live.end()
  expect(await runs()).toMatchObject([
    { id, ...run, state: 'running', step: { at: 3, of: 10 }, epoch: { at: 1 }, metrics: { loss: 0.5 } },
  ])
})

test('a run whose process is gone is interrupted, also when its number was given to another process', async () => {
  const { work } = makeWorkFolder(home, 'a')
  createLiveRecord(work, run).end()
  rewrite(work, { pid: spawnSync('true').pid })
  expect(await runs()).toMatchObject([{ state: 'interrupted' }])
  rewrite(work, { pid: process.pid, pid_start: '1' })
  expect(await runs()).toMatchObject([{ state: 'interrupted' }])
})

test('a failed run says why', async () => {
  const { work } = makeWorkFolder(home, 'a')
  const live = createLiveRecord(work, run)
  live.event({ event: 'failed', kind: 'nan', message: 'loss became NaN' })
  live.end()
  expect(await runs()).toMatchObject([
    { state: 'failed', failure: { kind: 'nan', message: 'loss became NaN' } },
  ])
})

test('a run on another machine is believed for as long as it goes on telling', async () => {
  const { work } = makeWorkFolder(home, 'a')
  createLiveRecord(work, run).end()
  rewrite(work, { host: 'elsewhere' })
  expect(await runs()).toMatchObject([{ state: 'running' }])
  rewrite(work, { updated: Date.now() / 1000 - 600 })
  expect(await runs()).toMatchObject([{ state: 'interrupted' }])
})

test('runs that stopped stand behind those that run, and only the youngest of them', async () => {
  for (let index = 0; index < 15; index += 1) {
    const { work } = makeWorkFolder(home, `stopped ${index}`)
    createLiveRecord(work, run).end()
    rewrite(work, { failure: { kind: 'error', message: String(index) }, started: 1000 + index })
  }
  const { work } = makeWorkFolder(home, 'running')
  createLiveRecord(work, run).end()
  rewrite(work, { started: 1 })
  const shown = await runs()
  expect(shown).toHaveLength(11)
  expect(shown.slice(0, 2)).toMatchObject([
    { state: 'running' },
    { state: 'failed', failure: { message: '14' } },
  ])
})

test('what is no run, or cannot be read, hides no other run', async () => {
  createLiveRecord(makeWorkFolder(home, 'good').work, run).end()
  writeFileSync(join(makeWorkFolder(home, 'half').work, 'live.json'), '{"version":')
  writeFileSync(join(makeWorkFolder(home, 'newer').work, 'live.json'), '{"version":9}')
  mkdirSync(join(home, 'work', 'not-a-run'))
  expect(await runs()).toHaveLength(1)
  rmSync(join(home, 'work'), { recursive: true })
  expect(await runs()).toEqual([])
})

test('a folder that is gone does not stop the run that tells', () => {
  const { work } = makeWorkFolder(home, 'a')
  const live = createLiveRecord(work, run)
  rmSync(work, { recursive: true })
  expect(() => live.end()).not.toThrow()
})
