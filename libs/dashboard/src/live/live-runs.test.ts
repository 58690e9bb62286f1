import { spawnSync } from 'node:child_process'
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createLiveRecord } from '@blacksmith/terminal'
import { makeWorkFolder } from '../../../report/src/fixtures/sample-store'
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
  overrides: ['training.epochs=3'],
  device: 'cpu, 2 threads',
}
const runs = () => readLiveRuns(join(home, 'work'))

/** Changes what a run has written about itself. */
function rewrite(work: string, change: Record<string, unknown>): void {
  const file = join(work, 'live.json')
  writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')), ...change }))
}

test('a run shows how far it is', async () => {
  const { id, work } = makeWorkFolder(home, 'a')
  const live = createLiveRecord(work, run)
  live.event({ event: 'progress', step: 3, of: 10, epoch: 1, metrics: { loss: 0.5 } })
  live.end()
  expect((await runs()).running).toMatchObject([
    { id, ...run, state: 'running', step: { at: 3, of: 10 }, epoch: { at: 1 }, metrics: { loss: 0.5 } },
  ])
})

test('a run whose process is gone is interrupted, also when its number was given to another process', async () => {
  const { work } = makeWorkFolder(home, 'a')
  createLiveRecord(work, run).end()
  rewrite(work, { pid: spawnSync('true').pid })
  expect((await runs()).stopped).toMatchObject([{ state: 'interrupted' }])
  rewrite(work, { pid: process.pid, pid_start: '1' })
  expect((await runs()).stopped).toMatchObject([{ state: 'interrupted' }])
})

test('a failed run says why', async () => {
  const { work } = makeWorkFolder(home, 'a')
  const live = createLiveRecord(work, run)
  live.event({ event: 'failed', kind: 'nan', message: 'loss became NaN' })
  live.end()
  expect((await runs()).stopped).toMatchObject([
    { state: 'failed', failure: { kind: 'nan', message: 'loss became NaN' } },
  ])
})

test('a run that was stopped when somebody asked for it has not failed', async () => {
  const live = createLiveRecord(makeWorkFolder(home, 'a').work, run)
  live.event({ event: 'failed', kind: 'stopped', message: 'stopped at step 3' })
  live.end()
  expect((await runs()).stopped).toMatchObject([
    { state: 'interrupted', failure: { message: 'stopped at step 3' } },
  ])
})

test('a message of megabytes and thousands of metrics make no record that cannot be read', async () => {
  const live = createLiveRecord(makeWorkFolder(home, 'a').work, run)
  const metrics = Object.fromEntries(Array.from({ length: 20_000 }, (_, index) => [`metric ${index}`, index]))
  live.event({ event: 'progress', step: 1, metrics })
  live.event({ event: 'failed', kind: 'error', message: 'x'.repeat(4 << 20) })
  live.end()
  const [shown] = (await runs()).stopped
  expect(shown?.failure?.message).toMatch(/^x+…$/)
  expect(shown?.metrics).toMatchObject({ 'metric 0': 0 })
})

test('a run on another machine is believed for as long as it goes on reporting', async () => {
  const { work } = makeWorkFolder(home, 'a')
  createLiveRecord(work, run).end()
  rewrite(work, { host: 'elsewhere' })
  expect(await runs()).toMatchObject({ running: [{ state: 'running' }], stopped: [] })
  rewrite(work, { updated: Date.now() / 1000 - 600 })
  expect(await runs()).toMatchObject({ running: [], stopped: [{ state: 'interrupted' }] })
})

test('of the runs that stopped only the youngest are listed, those that run all', async () => {
  for (let index = 0; index < 55; index += 1) {
    const { work } = makeWorkFolder(home, `stopped ${index}`)
    createLiveRecord(work, run).end()
    rewrite(work, { failure: { kind: 'error', message: String(index) }, updated: 1000 + index })
  }
  const { work } = makeWorkFolder(home, 'running')
  createLiveRecord(work, run).end()
  rewrite(work, { started: 1 })
  const { running, stopped } = await runs()
  expect(running).toHaveLength(1)
  expect(stopped).toHaveLength(50)
  expect(stopped[0]).toMatchObject({ state: 'failed', failure: { message: '54' } })
})

test('FIFOs, links, devices and giants under the name of a record are no runs, and nobody waits for them', async () => {
  createLiveRecord(makeWorkFolder(home, 'good').work, run).end()
  const record = (name: string) => join(makeWorkFolder(home, name).work, 'live.json')
  for (let index = 0; index < 30; index += 1) spawnSync('mkfifo', [record(`fifo ${index}`)])
  symlinkSync('/dev/zero', record('endless'))
  symlinkSync(record('good'), record('link'))
  mkdirSync(record('folder'))
  writeFileSync(record('giant'), '')
  truncateSync(record('giant'), 1e12)
  symlinkSync(makeWorkFolder(home, 'good').work, join(home, 'work', 'f'.repeat(64)))
  expect((await runs()).running).toHaveLength(1)
})

test('what is no run, or cannot be read, hides no other run', async () => {
  createLiveRecord(makeWorkFolder(home, 'good').work, run).end()
  writeFileSync(join(makeWorkFolder(home, 'half').work, 'live.json'), '{"version":')
  writeFileSync(join(makeWorkFolder(home, 'newer').work, 'live.json'), '{"version":9}')
  mkdirSync(join(home, 'work', 'not-a-run'))
  expect((await runs()).running).toHaveLength(1)
  rmSync(join(home, 'work'), { recursive: true })
  expect(await runs()).toEqual({ running: [], stopped: [] })
})

test('a folder that is gone does not stop the run that reports', () => {
  const { work } = makeWorkFolder(home, 'a')
  const live = createLiveRecord(work, run)
  rmSync(work, { recursive: true })
  expect(() => live.end()).not.toThrow()
})
