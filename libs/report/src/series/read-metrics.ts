import { readJsonLines } from '@blacksmith/protocol'
import { plainLine } from '@blacksmith/text'
import { type Curve, Series } from './series'

/** One metric with a curve for each split that recorded it. */
export interface MetricCurves {
  metric: string
  curves: Curve[]
}

/** The curves of a run, as they came from its metrics.jsonl. */
export interface RunMetrics {
  metrics: MetricCurves[]
  lines: number
  unreadable: number
  /** Metrics beyond those that a page can show; metrics.jsonl has them all. */
  leftOut: number
}

/** Names beyond this many are left out: nobody reads so many charts, and a run must not make a page unreadable. */
const mostSeries = 60

/** Collects the lines of metrics.jsonl, one at a time, so that a run can be followed while it writes them. */
export class MetricsReader {
  private readonly series = new Map<string, Map<string, Series>>()
  private readonly refused = new Set<string>()
  private size = 0

  constructor(private readonly capacity = 400) {}

  /** Takes a line in: `{step, epoch, split, values: {name: number}, seconds}`; anything else is passed over. */
  add(line: unknown): void {
    if (typeof line !== 'object' || line === null) return
    const { step, split, values, seconds } = line as Record<string, unknown>
    if (typeof step !== 'number' || typeof values !== 'object' || values === null) return
    const splitName = typeof split === 'string' ? split : ''
    const time = typeof seconds === 'number' ? seconds : Number.NaN
    for (const name in values) {
      const value = (values as Record<string, unknown>)[name]
      this.find(name, splitName)?.add(step, typeof value === 'number' ? value : Number.NaN, time)
    }
  }

  curves(): MetricCurves[] {
    return [...this.series].map(([metric, splits]) => ({
      metric: plainLine(metric),
      curves: [...splits.values()].map((series) => series.curve()),
    }))
  }

  get leftOut(): number {
    return this.refused.size
  }

  private find(name: string, split: string): Series | undefined {
    const splits = this.series.get(name) ?? new Map<string, Series>()
    const found = splits.get(split)
    if (found !== undefined) return found
    if (this.size >= mostSeries) {
      if (this.refused.size < 10_000) this.refused.add(`${split} ${name}`)
      return undefined
    }
    const series = new Series(plainLine(split) || 'value', this.capacity)
    this.series.set(name, splits.set(split, series))
    this.size += 1
    return series
  }
}

/** The down-sampled curves of a metrics.jsonl; a file that is not there has none. */
export async function readMetrics(path: string, capacity?: number): Promise<RunMetrics> {
  const reader = new MetricsReader(capacity)
  const { lines, unreadable } = await readJsonLines(path, (line) => reader.add(line))
  return { metrics: reader.curves(), lines, unreadable, leftOut: reader.leftOut }
}
