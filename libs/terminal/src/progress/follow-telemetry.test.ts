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

test('a run shows the temperature of its hottest device, and what the driver does not give is not shown', async () => {
  const file = join(folder, 'telemetry.jsonl')
  const state = new ProgressState()
  const reported: number[] = []
  const following = followTelemetry(
    file,
    (event) => {
      if (state.update(event)) reported.push(state.temperature ?? Number.NaN)
    },
    5,
  )
  appendFileSync(file, sample('cpu', null))
  await pause(50)
  expect(reported).toEqual([])
  appendFileSync(file, sample('0000:02:00.0', 41) + sample('0000:03:00.0', 47.5) + sample('cpu', null))
  await pause(50)
  expect(reported).toEqual([47.5])
  following.end()
  appendFileSync(file, sample('0000:02:00.0', 90))
  await pause(50)
  expect(reported).toEqual([47.5])
})
