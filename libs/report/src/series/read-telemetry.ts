import { plainLine } from '../text/plain'
import { readJsonLines } from './json-lines'
import type { MetricCurves } from './read-metrics'
import { Series } from './series'

const mostSeries = 60
/** Fields that say which device or when, and are no measurement. */
const notMeasured = new Set(['time', 'seconds', 'event', 'device', 'id', 'index', 'version'])

/**
 * What the devices of a run told: one chart a quantity, one curve a device. A line is
 * `{time, device: "<id>", <quantity>: number | null}`, the quantities may stand in `values`, and several devices in
 * `devices: [{id: "<id>", …}]`; null is a gap.
 */
export async function readTelemetry(path: string, capacity?: number): Promise<MetricCurves[]> {
  const quantities = new Map<string, Map<string, Series>>()
  let size = 0
  let first: number | undefined
  const take = (sample: Record<string, unknown>, seconds: number) => {
    const device = plainLine(String(sample.device ?? sample.id ?? '')) || 'device'
    const { values, ...rest } = sample
    const measured = typeof values === 'object' && values !== null ? { ...rest, ...values } : rest
    for (const [quantity, value] of Object.entries(measured)) {
      if (notMeasured.has(quantity) || (typeof value !== 'number' && value !== null)) continue
      const devices = quantities.get(quantity) ?? new Map<string, Series>()
      const known = devices.get(device)
      if (known === undefined && size === mostSeries) continue
      const series = known ?? new Series(device, capacity)
      if (known === undefined) {
        quantities.set(quantity, devices.set(device, series))
        size += 1
      }
      series.add(seconds, value ?? Number.NaN, seconds)
    }
  }
  await readJsonLines(path, (line) => {
    if (typeof line !== 'object' || line === null) return
    const sample = line as Record<string, unknown>
    const time = [sample.time, sample.seconds].find((value) => typeof value === 'number')
    if (typeof time !== 'number') return
    first ??= time
    for (const each of Array.isArray(sample.devices) ? sample.devices : [sample]) {
      if (typeof each === 'object' && each !== null) take(each as Record<string, unknown>, time - first)
    }
  })
  return [...quantities]
    .map(([metric, devices]) => ({
      metric: plainLine(metric),
      // What a driver never gives is null in every line: no chart, rather than an empty one.
      curves: [...devices.values()].map((series) => series.curve()).filter((curve) => curve.last !== null),
    }))
    .filter(({ curves }) => curves.length > 0)
}
