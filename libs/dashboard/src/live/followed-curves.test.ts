import { appendFileSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { MetricsReader } from '@blacksmith/report/series'
import { FollowedCurves } from './followed-curves'
import { logTail } from './log-tail'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'follow-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const line = (step: number) => `${JSON.stringify({ step, split: 'train', values: { loss: step } })}\n`

async function steps(followed: FollowedCurves): Promise<number[] | undefined> {
  return (await followed.curves())[0]?.curves[0]?.step
}

test('a file that grows is read on, half lines when they are whole', async () => {
  const file = join(folder, 'metrics.jsonl')
  const followed = new FollowedCurves(file, () => new MetricsReader())
  expect(await steps(followed)).toBeUndefined()
  writeFileSync(file, line(1) + line(2).slice(0, 9))
  expect(await steps(followed)).toEqual([1])
  appendFileSync(file, line(2).slice(9) + line(3))
  expect(await steps(followed)).toEqual([1, 2, 3])
  expect(await steps(followed)).toEqual([1, 2, 3])
})

test('a run that goes on from a checkpoint begins its file anew, and its curve with it', async () => {
  const file = join(folder, 'metrics.jsonl')
  const followed = new FollowedCurves(file, () => new MetricsReader())
  writeFileSync(file, line(1) + line(2) + line(3))
  await followed.curves()
  writeFileSync(`${file}.partial`, line(1))
  renameSync(`${file}.partial`, file)
  expect(await steps(followed)).toEqual([1])
  appendFileSync(file, line(2))
  expect(await steps(followed)).toEqual([1, 2])
})

test('the tail of a log is plain text, and a line of a megabyte is cut', async () => {
  const file = join(folder, 'log.txt')
  expect(await logTail(file)).toEqual([])
  writeFileSync(file, 'first\n\u001B[31mred\u001B[0m\n\n')
  expect(await logTail(file)).toEqual(['first', 'red'])
  writeFileSync(file, `first\n${'x'.repeat(1_000_000)}\nlast\n`)
  expect(await logTail(file)).toEqual(['last'])
  for (const end of ['', '\n', '\n\n']) {
    writeFileSync(file, `${'y'.repeat(1_000_000)}${end}`)
    expect((await logTail(file)).map((each) => each.length)).toEqual([500])
  }
})
