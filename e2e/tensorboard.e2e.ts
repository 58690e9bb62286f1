import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { ensureEnvironment } from '@blacksmith/environments'
import { writeTensorBoard } from '@blacksmith/report/export'
import { storeHome } from '@blacksmith/store'
import { writeSampleRun } from '../libs/report/src/fixtures/sample-runs'

/** Prints what TensorBoard finds in each folder: for each tag how many points, and the last one. */
const reader = `
import json, sys
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

def found(folder):
    events = EventAccumulator(folder, size_guidance={"scalars": 0})
    events.Reload()
    points = {tag: events.Scalars(tag) for tag in events.Tags()["scalars"]}
    return {tag: [len(each), each[-1].step, each[-1].value, each[-1].wall_time] for tag, each in points.items()}

print(json.dumps([found(folder) for folder in sys.argv[1:]]))
`

test('TensorBoard itself reads every point of every split, and what the evaluation measured', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tensorboard-'))
  try {
    const { python } = await ensureEnvironment('tensorboard', {
      workspaceRoot: resolve(__dirname, '..'),
      home: storeHome(),
      onLine: () => undefined,
    })
    const training = writeSampleRun(join(folder, 'train'), {
      steps: 20_000,
      started: '2026-05-04T12:00:00.000Z',
    })
    const results = { metrics: { accuracy: 0.75 }, acceptance: {}, accepted: true }
    const evaluation = writeSampleRun(join(folder, 'evaluate'), { target: 'evaluate', results })
    const run = await writeTensorBoard(evaluation, join(folder, 'log'), training)
    const folders = ['train', 'validation', 'evaluate'].map((split) => join(run, split))
    const read = execFileSync(python, ['-c', reader, ...folders], { encoding: 'utf8', stdio: 'pipe' })
    const ended = Date.parse('2026-05-04T12:00:00.000Z') / 1000 + 274
    expect(JSON.parse(read)).toEqual([
      { loss: [20_000, 20_000, expect.any(Number), ended] },
      expect.objectContaining({ accuracy: [50, 20_000, expect.closeTo(0.958, 3), ended] }),
      { accuracy: [1, 20_000, 0.75, ended] },
    ])
  } finally {
    rmSync(folder, { recursive: true })
  }
})
