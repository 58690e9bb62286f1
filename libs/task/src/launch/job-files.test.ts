import { existsSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { JobFolder, type Round } from './job-files'
import { removeOldJobs } from './old-jobs'
import { cameNoFurther } from './out-of-time'

const id = 'a'.repeat(64)
let jobs: string
let round: Round
beforeEach(() => {
  jobs = mkdtempSync(join(tmpdir(), 'blacksmith-jobs-'))
  round = new JobFolder(jobs, id).round(1)
  mkdirSync(round.folder, { recursive: true })
})
afterEach(() => rmSync(jobs, { recursive: true }))

const begin = () => round.beginAttempt({ machine: 'n1', started: new Date(0).toISOString() })

test('of two that end a job the first one stands, for both', async () => {
  const finished = { kind: 'finished', key: 'k', machine: 'n1' } as const
  expect(await round.end(finished)).toEqual(finished)
  expect(await round.end({ kind: 'cancelled', by: 'ada' })).toEqual(finished)
})

test('attempts that begin at once have folders of their own', async () => {
  expect((await Promise.all([begin(), begin(), begin()])).sort()).toEqual([1, 2, 3])
})

test('a job whose time is over twice before it comes further has failed, and one that comes further goes on', async () => {
  const over = async (step: number) => cameNoFurther(round, { attempt: await begin(), step, machine: 'n1' })
  expect([await over(0), await over(4), await over(9)]).toEqual([false, false, false])
  expect(await over(9)).toBe(true)
  expect(round.outcome()).toMatchObject({
    kind: 'failed',
    problems: [{ remedy: expect.stringContaining('--time') }],
  })
})

test('what ended a month ago is taken away, and what goes on is not', async () => {
  const { lock } = new JobFolder(jobs, id)
  writeFileSync(lock, '')
  const old = new Date(Date.now() - 31 * 24 * 3600 * 1000)
  utimesSync(round.folder, old, old)
  await removeOldJobs(jobs, '')
  expect(existsSync(round.folder)).toBe(true)
  await round.end({ kind: 'cancelled', by: 'ada' })
  utimesSync(join(round.folder, 'outcome.json'), old, old)
  await removeOldJobs(jobs, id)
  expect(existsSync(round.folder)).toBe(true)
  await removeOldJobs(jobs, '')
  expect(existsSync(round.folder)).toBe(false)
  // Somebody may be waiting for it: in a new file there would be two who have it.
  expect(existsSync(lock)).toBe(true)
})
