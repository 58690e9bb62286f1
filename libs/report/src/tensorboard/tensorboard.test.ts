import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { writeSampleRun } from '../fixtures/sample-runs'
import { crc32c, scalarRecord } from './event-record'
import { followOnTensorBoard } from './follow-tensorboard'
import { writeTensorBoard } from './write-tensorboard'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tensorboard-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

test('the check sum is that of the standard', () => {
  // RFC 3720, B.4: 32 bytes of zeros, 32 bytes of ones, and the well-known "123456789".
  expect(crc32c(Buffer.alloc(32))).toBe(0x8a9136aa)
  expect(crc32c(Buffer.alloc(32, 0xff))).toBe(0x62a8ab43)
  expect(crc32c(Buffer.from('123456789'))).toBe(0xe3069283)
})

test('a record is the message that the format describes, byte for byte', () => {
  const record = scalarRecord({ wallTime: 1, step: 300, values: [['loss', 0.5]] })
  // 09 double 1 · 10 step 300 · 2a summary of 13: 0a value of 11: 0a "loss" · 15 float 0.5
  const message = '09000000000000f03f10ac022a0d0a0b0a046c6f7373150000003f'
  expect(record.subarray(12, -4).toString('hex')).toBe(message)
  expect(record.readBigUInt64LE()).toBe(BigInt(message.length / 2))
})

test('each split has a file of its own, and equal runs give equal files', async () => {
  const directory = writeSampleRun(join(folder, 'run'), { steps: 100 })
  const files = async (name: string) => {
    const run = await writeTensorBoard(directory, join(folder, name))
    const names = readdirSync(run, { recursive: true, encoding: 'utf8' }).filter((each) =>
      each.includes('tfevents'),
    )
    return names.sort().map((each) => [each, readFileSync(join(run, each)).toString('base64')])
  }
  const [a, b] = [await files('a'), await files('b')]
  expect(a).toHaveLength(2)
  expect(a).toEqual(b)
  expect(readdirSync(join(folder, 'a', 'lightning-mnist-default-3f9a2c71d0')).sort()).toEqual([
    'train',
    'validation',
  ])
})

test('a hostile split names no other folder, and what is no number is left out', async () => {
  const directory = writeSampleRun(join(folder, 'run'), { project: '../../evil' })
  const lines = [
    { step: 1, split: '../../x', values: { loss: 1, text: 'x' } },
    null,
    { step: 2, split: '..', values: null },
  ]
  writeFileSync(join(directory, 'metrics.jsonl'), lines.map((line) => JSON.stringify(line)).join('\n'))
  await writeTensorBoard(directory, join(folder, 'log'))
  expect(readdirSync(folder).sort()).toEqual(['log', 'run'])
  expect(readdirSync(join(folder, 'log'))).toHaveLength(1)
})

test('a run that grows is followed, and one that goes on from a checkpoint begins its files anew', async () => {
  const metrics = join(folder, 'metrics.jsonl')
  const line = (step: number) => `${JSON.stringify({ step, split: 'train', values: { loss: step } })}\n`
  const problems: string[] = []
  const run = { project: 'tiny', configuration: 'default', id: '3f9a2c71d0', metrics }
  const bytes = () => {
    const split = join(folder, 'log', 'tiny-default-3f9a2c71d0', 'train')
    const [file] = readdirSync(split)
    return readFileSync(join(split, file ?? '')).length
  }
  const follow = (log = 'log') =>
    followOnTensorBoard(run, join(folder, log), (problem) => problems.push(problem))
  const follower = follow()
  writeFileSync(metrics, line(1) + line(2))
  follower.event({ event: 'metric' })
  await follower.end()
  const two = bytes()
  appendFileSync(metrics, line(3))
  await follower.end()
  const record = bytes() - two
  expect(record).toBeGreaterThan(20)
  writeFileSync(metrics, line(1))
  await follow().end()
  expect(bytes()).toBe(two - record)

  await follow('metrics.jsonl').end()
  expect(problems).toEqual([expect.stringMatching(/^no more TensorBoard files are written to .*ENOTDIR/)])
})
