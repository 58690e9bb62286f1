import { FollowedLines } from '../../series/followed-lines'
import { type MetricCurves, MetricsReader } from '../../series/read-metrics'

/** Follows a metrics.jsonl while it is written, in memory that does not grow. */
export class FollowedMetrics {
  private readonly lines: FollowedLines
  private reader = new MetricsReader()
  private pending: Promise<MetricCurves[]> | undefined

  constructor(file: string) {
    this.lines = new FollowedLines(file)
  }

  /** The curves as they are now. Looks at the same time share one reading. */
  curves(): Promise<MetricCurves[]> {
    this.pending ??= this.read().finally(() => {
      this.pending = undefined
    })
    return this.pending
  }

  private async read(): Promise<MetricCurves[]> {
    await this.lines.read(
      (line) => this.reader.add(line),
      () => {
        this.reader = new MetricsReader()
      },
    )
    return this.reader.metrics()
  }
}
