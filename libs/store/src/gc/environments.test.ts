import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { tryLock } from '@blacksmith/native'
import { Layout } from '../home'
import { temporaryFolders } from '../testing/fixtures'
import { collectGarbage } from './collect-garbage'
import { listEnvironments } from './environments'

const temporary = temporaryFolders()
const day = 24 * 3600 * 1000
const now = Date.now()
const pins = '0123456789abcdef'

/** A store with one environment of 1000 bytes beside its stamp, used so many days ago; undefined: never finished. */
function storeWith(days: number | undefined): { layout: Layout; path: string } {
  const layout = new Layout(temporary('environments'))
  const path = join(layout.environments, `torch-mine-${pins}`)
  mkdirSync(path, { recursive: true })
  writeFileSync(join(path, 'torch.so'), '.'.repeat(1000))
  if (days === undefined) return { layout, path }
  writeFileSync(join(path, 'environment.json'), '')
  const at = new Date(now - days * day)
  utimesSync(join(path, 'environment.json'), at, at)
  return { layout, path }
}

test('environments are known with their names, sizes and last uses', async () => {
  const { layout, path } = storeWith(3)
  expect(await listEnvironments(layout)).toEqual([
    { name: 'torch-mine', path, bytes: 1000, used: expect.closeTo(now - 3 * day, -3), whole: true },
  ])
})

test('one that was not used for a month goes, as a dry run says before', async () => {
  const { layout, path } = storeWith(31)
  const dry = await collectGarbage(layout, {}, { now, dryRun: true })
  expect(existsSync(path)).toBe(true)
  const report = await collectGarbage(layout, {}, { now })
  expect(report).toEqual(dry)
  expect(report).toMatchObject({
    removed: [{ kind: 'environment', path, bytes: 1000 }],
    leftEnvironmentBytes: 0,
  })
  expect(existsSync(path)).toBe(false)
})

test('one that was used lately stays, and counts into what stays', async () => {
  const { layout } = storeWith(29)
  expect(await collectGarbage(layout, {}, { now })).toMatchObject({ removed: [], leftEnvironmentBytes: 1000 })
  expect(await collectGarbage(layout, { keepDays: 28 }, { now })).toMatchObject({ removedBytes: 1000 })
})

test.each([
  ['that a run uses', `${pins}.use.lock`, 'shared', 'a run is using it'],
  ['that is being made', `${pins}.lock`, 'exclusive', 'it is being made'],
] as const)('one %s stays', async (_, file, mode, because) => {
  const { layout, path } = storeWith(31)
  const held = tryLock(join(layout.environments, file), mode)
  const report = await collectGarbage(layout, {}, { now })
  held?.close()
  expect(report).toMatchObject({ removed: [], kept: [{ path, because }] })
})

test('one whose interpreter somebody has started by hand stays', async () => {
  const { layout, path } = storeWith(31)
  const child = spawn('sh', ['-c', 'echo; read line', join(path, 'bin/python')])
  await new Promise((resolve) => child.stdout.once('data', resolve))
  const report = await collectGarbage(layout, {}, { now })
  child.stdin.end()
  expect(report).toMatchObject({ removed: [], kept: [{ path, because: 'a process is using it' }] })
})

test('what was left of one that was never finished goes at once, unless it is being made', async () => {
  const { layout, path } = storeWith(undefined)
  mkdirSync(`${path}.tmp`)
  const making = tryLock(join(layout.environments, `${pins}.lock`), 'exclusive')
  expect(await collectGarbage(layout, {}, { now })).toMatchObject({ removed: [] })
  making?.close()
  const { removed } = await collectGarbage(layout, {}, { now })
  expect(removed.map((one) => [one.path, one.because])).toEqual([
    [path, 'nobody uses it'],
    [`${path}.tmp`, 'nobody uses it'],
  ])
})
