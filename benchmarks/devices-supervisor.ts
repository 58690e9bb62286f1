/**
 * What a run costs more under the supervisor: `npx jiti benchmarks/devices-supervisor.ts`. Both candidates run
 * in turn, so other work on the machine meets them alike.
 */
import { spawnSync } from 'node:child_process'
import { supervisorProgram } from '@blacksmith/native'
import { interleaved, median } from './interleaved'

const rounds = 200

const times = interleaved(rounds, {
  bare: () => void spawnSync('true'),
  supervised: () => void spawnSync(supervisorProgram(), ['--', 'true']),
})
const [bare, supervised] = [median(times.bare ?? []), median(times.supervised ?? [])].map(
  (seconds) => seconds * 1000,
)
const more = (supervised ?? 0) - (bare ?? 0)
console.log(
  `a run under the supervisor: ${more.toFixed(2)} ms more (at most 10); ${supervised?.toFixed(2)} ms beside ${bare?.toFixed(2)} ms`,
)
