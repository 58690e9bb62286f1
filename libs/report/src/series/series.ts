/** The points of a curve after down-sampling: each stands for a bucket of neighbours. Gaps have a null mean. */
export interface Curve {
  name: string
  /** Step of the last point of the bucket. */
  step: number[]
  /** Seconds of the run at that step, where they are known. */
  seconds: (number | null)[]
  mean: (number | null)[]
  low: (number | null)[]
  high: (number | null)[]
  /** How many points were recorded, and how many of them were not finite. */
  count: number
  notFinite: number
  /** The last value that was recorded. */
  last: number | null
}

/**
 * One curve in bounded memory, however many points it is given: neighbours share a bucket that keeps their mean and
 * their extremes, so that a single spike among a million steps is still to be seen.
 */
export class Series {
  private readonly step: Float64Array
  private readonly seconds: Float64Array
  private readonly sum: Float64Array
  private readonly finite: Float64Array
  private readonly low: Float64Array
  private readonly high: Float64Array
  private buckets = 0
  private inLast = 0
  private stride = 1
  private count = 0
  private notFinite = 0
  private last: number | null = null

  /** Holds between half of `capacity` and `capacity` buckets once it has been full. */
  constructor(
    readonly name: string,
    private readonly capacity = 400,
  ) {
    if (capacity < 2 || capacity % 2 !== 0) throw new RangeError(`capacity must be even: ${capacity}`)
    this.step = new Float64Array(capacity)
    this.seconds = new Float64Array(capacity)
    this.sum = new Float64Array(capacity)
    this.finite = new Float64Array(capacity)
    this.low = new Float64Array(capacity)
    this.high = new Float64Array(capacity)
  }

  /** Adds a point; what is not finite leaves a gap where a whole bucket has nothing else. */
  add(step: number, value: number, seconds = Number.NaN): void {
    this.count += 1
    if (this.buckets === 0 || this.inLast === this.stride) this.open()
    const at = this.buckets - 1
    this.inLast += 1
    this.step[at] = step
    this.seconds[at] = seconds
    if (!Number.isFinite(value)) {
      this.notFinite += 1
      return
    }
    this.last = value
    this.sum[at] = (this.sum[at] as number) + value
    this.finite[at] = (this.finite[at] as number) + 1
    if (value < (this.low[at] as number)) this.low[at] = value
    if (value > (this.high[at] as number)) this.high[at] = value
  }

  /** What there is by now, as plain data. */
  curve(): Curve {
    const mean: (number | null)[] = []
    const low: (number | null)[] = []
    const high: (number | null)[] = []
    for (let at = 0; at < this.buckets; at += 1) {
      const finite = this.finite[at] as number
      mean.push(finite === 0 ? null : short((this.sum[at] as number) / finite))
      low.push(finite === 0 ? null : short(this.low[at] as number))
      high.push(finite === 0 ? null : short(this.high[at] as number))
    }
    return {
      name: this.name,
      step: [...this.step.subarray(0, this.buckets)],
      seconds: Array.from(this.seconds.subarray(0, this.buckets), (value) =>
        Number.isFinite(value) ? Math.round(value * 1000) / 1000 : null,
      ),
      mean,
      low,
      high,
      count: this.count,
      notFinite: this.notFinite,
      last: this.last,
    }
  }

  private open(): void {
    if (this.buckets === this.capacity) this.halve()
    const at = this.buckets
    this.buckets += 1
    this.inLast = 0
    this.sum[at] = 0
    this.finite[at] = 0
    this.low[at] = Number.POSITIVE_INFINITY
    this.high[at] = Number.NEGATIVE_INFINITY
  }

  private halve(): void {
    for (let at = 0; at < this.capacity / 2; at += 1) {
      const [a, b] = [2 * at, 2 * at + 1]
      this.step[at] = this.step[b] as number
      this.seconds[at] = this.seconds[b] as number
      this.sum[at] = (this.sum[a] as number) + (this.sum[b] as number)
      this.finite[at] = (this.finite[a] as number) + (this.finite[b] as number)
      this.low[at] = Math.min(this.low[a] as number, this.low[b] as number)
      this.high[at] = Math.max(this.high[a] as number, this.high[b] as number)
    }
    this.buckets = this.capacity / 2
    this.stride *= 2
  }
}

/** Five digits are more than a chart can show, and a third of the bytes of a double. */
function short(value: number): number {
  return Number(value.toPrecision(5))
}
