import { appendFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { followTelemetry } from './follow-telemetry'
import { ProgressState } from './state'

const folder = mkdtempSync(join(tmpdir(), 'blacksmith-telemetry-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const sample = (device: string, temperature: number | null) =>
  `${JSON.stringify({ time: 1, device, temperature_celsius: temperature, power_watts: null })}\n`

/** What a run shows that follows a file. */
function follow(file: string) {
  const state = new ProgressState()
  const reported: (number | undefined)[] = []
  const following = followTelemetry(
    file,
    (event) => {
      if (state.update(event)) reported.push(state.temperature)
    },
    5,
  )
  const reports = async (temperature: number) => {
    while (reported.at(-1) !== temperature) await pause(5)
  }
  return { reported, reports, end: () => following.end() }
}

test('a run shows the temperature of its hottest device, and what the driver does not give is not shown', async () => {
  const file = join(folder, 'hottest.jsonl')
  const run = follow(file)
  appendFileSync(file, sample('cpu', null))
  appendFileSync(file, sample('0000:02:00.0', 41) + sample('0000:03:00.0', 47.5) + sample('cpu', null))
  await run.reports(47.5)
  expect(run.reported).toEqual([47.5])
  run.end()
})

test('nothing is reported after the end', async () => {
  const file = join(folder, 'ended.jsonl')
  const run = follow(file)
  const another = follow(file)
  appendFileSync(file, sample('0000:02:00.0', 41))
  await Promise.all([run.reports(41), another.reports(41)])
  appendFileSync(file, sample('0000:02:00.0', 90))
  run.end()
  await another.reports(90)
  another.end()
  expect(run.reported).toEqual([41])
})
