import { stat } from 'node:fs/promises'
import { readJsonLines } from '../../series/json-lines'
import { type MetricCurves, MetricsReader } from '../../series/read-metrics'

/** Follows a metrics.jsonl while it is written: each look reads what is new, in memory that does not grow. */
export class FollowedMetrics {
  private reader = new MetricsReader()
  private bytes = 0
  private inode: number | undefined
  private pending: Promise<MetricCurves[]> | undefined

  constructor(private readonly file: string) {}

  /** The curves as they are now. Looks at the same time share one reading. */
  curves(): Promise<MetricCurves[]> {
    this.pending ??= this.read().finally(() => {
      this.pending = undefined
    })
    return this.pending
  }

  private async read(): Promise<MetricCurves[]> {
    const found = await stat(this.file).catch(() => undefined)
    // A run that goes on from a checkpoint begins a new file, with the lines up to there.
    if (found === undefined || found.ino !== this.inode || found.size < this.bytes) {
      this.reader = new MetricsReader()
      this.bytes = 0
      this.inode = found?.ino
    }
    if (found !== undefined && found.size > this.bytes) {
      const read = await readJsonLines(this.file, (line) => this.reader.add(line), this.bytes)
      this.bytes = read.bytes
    }
    return this.reader.metrics()
  }
}
