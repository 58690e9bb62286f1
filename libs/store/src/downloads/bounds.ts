/** What a mirror may cost in time and on the disk. */
export interface Bounds {
  /** So many bytes must come within `within` milliseconds, again and again, and for a cut request to count as progress. */
  least: number
  within: number
  /** Bytes that are taken of an answer that does not say how long it is, where sources.yaml does not either. */
  most: number
}

/** Half a kilobyte a second: no mirror that works is slower. */
export const defaultBounds: Bounds = { least: 16_384, within: 30_000, most: 4e9 }

/** Tells when fewer bytes have come within a span than must. */
export class Pace {
  #since: number
  #from: number

  constructor(
    readonly bounds: Bounds,
    at: number,
    readonly now: () => number = performance.now.bind(performance),
  ) {
    this.#since = this.now()
    this.#from = at
  }

  /** Whether it is too slow, with `at` bytes there now. */
  tooSlow(at: number): boolean {
    const { least, within } = this.bounds
    const now = this.now()
    if (now - this.#since < within) return false
    if (at - this.#from < least) return true
    this.#since = now
    this.#from = at
    return false
  }
}
