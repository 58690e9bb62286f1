import { FollowedLines } from '@blacksmith/protocol'
import type { MetricCurves } from '@blacksmith/report/series'

/** Takes the lines of a file in and says which curves they make. */
interface CurvesReader {
  add(line: unknown): void
  curves(): MetricCurves[]
}

/** Follows a metrics.jsonl or telemetry.jsonl while it is written, in memory that does not grow. */
export class FollowedCurves {
  private readonly lines: FollowedLines
  private reader: CurvesReader
  private pending: Promise<MetricCurves[]> | undefined

  constructor(
    file: string,
    private readonly makeReader: () => CurvesReader,
  ) {
    this.lines = new FollowedLines(file)
    this.reader = makeReader()
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
        this.reader = this.makeReader()
      },
    )
    return this.reader.curves()
  }
}
