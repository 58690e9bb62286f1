import { FollowedLines } from '@blacksmith/protocol'
import type { ProgressEvent } from './state'

const lookMs = 2000

/**
 * Tells the temperature of a run's hottest device as it goes on, from the file that the sampler writes. Where the
 * driver gives none, as for cores, nothing is shown.
 *
 * @param file the run's telemetry.jsonl; it need not be there yet
 */
export function followTelemetry(
  file: string,
  onEvent: (event: ProgressEvent) => void,
  everyMs = lookMs,
): { end(): void } {
  const lines = new FollowedLines(file)
  let looking = false
  let ended = false
  const look = async () => {
    if (looking) return
    looking = true
    const newest = new Map<string, number>()
    const forget = () => newest.clear()
    await lines
      .read((line) => noteTemperature(newest, line), forget)
      .finally(() => {
        looking = false
      })
    if (newest.size > 0 && !ended)
      onEvent({ event: 'telemetry', values: { temperature: Math.max(...newest.values()) } })
  }
  // What is only shown may fail without a word: the file itself is kept by the sampler.
  const timer = setInterval(() => void look().catch(() => undefined), everyMs)
  timer.unref()
  return {
    end() {
      ended = true
      clearInterval(timer)
    },
  }
}

function noteTemperature(newest: Map<string, number>, line: unknown): void {
  const { device, temperature_celsius: temperature } = line as Record<string, unknown>
  if (typeof device === 'string' && typeof temperature === 'number') newest.set(device, temperature)
}
