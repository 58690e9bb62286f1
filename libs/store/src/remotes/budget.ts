/** Bounds how many bytes are in memory on their way, however many transfers go on. */
export class Budget {
  #free: number
  readonly #waiting: { bytes: number; begin: () => void }[] = []
  readonly #spare = new Map<number, Uint8Array[]>()

  constructor(readonly bytes: number) {
    this.#free = bytes
  }

  /**
   * Waits for room, in the order of asking. More than there is at all takes everything.
   *
   * @returns gives the room back
   */
  async take(bytes: number): Promise<() => void> {
    const taken = Math.min(bytes, this.bytes)
    if (this.#waiting.length > 0 || taken > this.#free)
      await new Promise<void>((begin) => this.#waiting.push({ bytes: taken, begin }))
    else this.#free -= taken
    let held = true
    return () => {
      if (held) this.#free += taken
      held = false
      this.#beginWaiting()
    }
  }

  /**
   * As `take`, with a buffer. Used again, large ones do not pile up until they are collected.
   *
   * @param unit of how many bytes the buffer is, of which so many are wanted
   */
  async lend(bytes: number, unit: number): Promise<{ buffer: Uint8Array; giveBack: () => void }> {
    const giveBack = await this.take(bytes)
    if (bytes * 4 < unit) return { buffer: Buffer.allocUnsafeSlow(bytes), giveBack }
    const spare = this.#spare.get(unit) ?? []
    this.#spare.set(unit, spare)
    const whole = spare.pop() ?? Buffer.allocUnsafeSlow(unit)
    let held = true
    return {
      buffer: whole.subarray(0, bytes),
      giveBack: () => {
        if (held) spare.push(whole)
        held = false
        giveBack()
      },
    }
  }

  #beginWaiting(): void {
    for (let next = this.#waiting[0]; next && next.bytes <= this.#free; next = this.#waiting[0]) {
      this.#waiting.shift()
      this.#free -= next.bytes
      next.begin()
    }
  }
}
