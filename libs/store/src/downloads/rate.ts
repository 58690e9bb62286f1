/** How a download goes on. */
export interface DownloadProgress {
  name: string
  /** The mirror that it comes from. */
  url: string
  received: number
  /** Bytes in all, where they are known. */
  total: number | undefined
  /** Bytes per second over the last seconds. */
  rate: number
  /** Seconds that are left at this rate, where that can be said. */
  eta: number | undefined
}

const windowMs = 5000
const pauseMs = 250

/** Measures the rate of what is received, and reports it a few times a second. */
export class Rate {
  #samples: { at: number; received: number }[] = []
  #reportedAt = 0

  constructor(
    readonly about: Pick<DownloadProgress, 'name' | 'url' | 'total'>,
    readonly report: (progress: DownloadProgress) => void,
    readonly now: () => number = performance.now.bind(performance),
  ) {}

  /** Notes that `received` bytes are there; `last` is reported in any case. */
  at(received: number, last = false): void {
    const at = this.now()
    this.#samples.push({ at, received })
    while ((this.#samples[1]?.at ?? at) < at - windowMs) this.#samples.shift()
    if (!last && at - this.#reportedAt < pauseMs) return
    this.#reportedAt = at
    const from = this.#samples[0] ?? { at, received }
    const rate = at > from.at ? ((received - from.received) * 1000) / (at - from.at) : 0
    const { total } = this.about
    const eta = total !== undefined && rate > 0 ? Math.max(0, total - received) / rate : undefined
    this.report({ ...this.about, received, rate, eta })
  }
}
