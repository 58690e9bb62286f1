/** The course of one value over a whole run in bounded memory: when it is full, neighbours are averaged. */
export class History {
  private readonly points: number[] = []
  private stride = 1
  private pending: number[] = []

  constructor(private readonly capacity = 256) {}

  add(value: number): void {
    this.pending.push(value)
    if (this.pending.length < this.stride) return
    this.points.push(mean(this.pending))
    this.pending = []
    if (this.points.length < this.capacity) return
    const halved = Array.from({ length: this.points.length / 2 }, (_, index) =>
      mean(this.points.slice(2 * index, 2 * index + 2)),
    )
    this.points.splice(0, this.points.length, ...halved)
    this.stride *= 2
  }

  values(): readonly number[] {
    return this.points
  }
}

function mean(values: number[]): number {
  const finite = values.filter(Number.isFinite)
  return finite.length === 0 ? Number.NaN : finite.reduce((sum, value) => sum + value, 0) / finite.length
}
