import { readJsonLines } from '@blacksmith/protocol'
import { plainLine } from '@blacksmith/text'
import type { MetricCurves } from './read-metrics'
import { Series } from './series'

const mostSeries = 60
/** Fields that say which device or when, and are no measurement. */
const notMeasured = new Set(['time', 'seconds', 'event', 'device', 'id', 'index', 'version'])

/**
 * Collects what the devices of a run reported: one chart a quantity, one curve a device. A line is
 * `{time, device: "<id>", <quantity>: number | null}`, the quantities may stand in `values`, and several devices in
 * `devices: [{id: "<id>", …}]`; null is a gap.
 */
export class TelemetryReader {
  private readonly quantities = new Map<string, Map<string, Series>>()
  private size = 0
  private first: number | undefined

  constructor(private readonly capacity?: number) {}

  /** Takes a line in; what is no sample is passed over. */
  add(line: unknown): void {
    if (typeof line !== 'object' || line === null) return
    const sample = line as Record<string, unknown>
    const time = [sample.time, sample.seconds].find((value) => typeof value === 'number')
    if (typeof time !== 'number') return
    this.first ??= time
    for (const each of Array.isArray(sample.devices) ? sample.devices : [sample]) {
      if (typeof each === 'object' && each !== null) {
        this.take(each as Record<string, unknown>, time - this.first)
      }
    }
  }

  curves(): MetricCurves[] {
    return [...this.quantities]
      .map(([metric, devices]) => ({
        metric: plainLine(metric),
        // What a driver never gives is null in every line: no chart, rather than an empty one.
        curves: [...devices.values()].map((series) => series.curve()).filter((curve) => curve.last !== null),
      }))
      .filter(({ curves }) => curves.length > 0)
  }

  private take(sample: Record<string, unknown>, seconds: number): void {
    const device = plainLine(String(sample.device ?? sample.id ?? '')) || 'device'
    const { values, ...rest } = sample
    const measured = typeof values === 'object' && values !== null ? { ...rest, ...values } : rest
    for (const [quantity, value] of Object.entries(measured)) {
      if (notMeasured.has(quantity) || (typeof value !== 'number' && value !== null)) continue
      this.find(quantity, device)?.add(seconds, value ?? Number.NaN, seconds)
    }
  }

  private find(quantity: string, device: string): Series | undefined {
    const devices = this.quantities.get(quantity) ?? new Map<string, Series>()
    const known = devices.get(device)
    if (known !== undefined || this.size === mostSeries) return known
    const series = new Series(device, this.capacity)
    this.quantities.set(quantity, devices.set(device, series))
    this.size += 1
    return series
  }
}

/** The down-sampled measurements of a telemetry.jsonl; a file that is not there has none. */
export async function readTelemetry(path: string, capacity?: number): Promise<MetricCurves[]> {
  const reader = new TelemetryReader(capacity)
  await readJsonLines(path, (line) => reader.add(line))
  return reader.curves()
}
