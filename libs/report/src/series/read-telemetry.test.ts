import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readTelemetry } from './read-telemetry'

test('a chart for each quantity, a curve for each device; what no driver gives has no chart', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'telemetry-'))
  const file = join(folder, 'telemetry.jsonl')
  const lines = [
    { time: 100, device: 'a', temperature: 50, memory: null },
    {
      time: 101,
      devices: [
        { id: 'a', temperature: null },
        { id: 'b', temperature: 60, kind: 'tt' },
      ],
    },
    { time: 102, device: 'b', values: { temperature: 61 } },
    { no: 'time' },
  ]
  writeFileSync(file, lines.map((line) => JSON.stringify(line)).join('\n'))
  const telemetry = await readTelemetry(file)
  rmSync(folder, { recursive: true })
  expect(telemetry).toMatchObject([
    {
      metric: 'temperature',
      curves: [
        { name: 'a', seconds: [0, 1], mean: [50, null] },
        { name: 'b', seconds: [1, 2], mean: [60, 61] },
      ],
    },
  ])
  expect(telemetry).toHaveLength(1)
})
