/** Bounds how many bytes are in memory on their way, however many transfers go on. */
export class Budget {
  #free: number
  readonly #waiting: { bytes: number; begin: () => void }[] = []

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

  #beginWaiting(): void {
    for (let next = this.#waiting[0]; next && next.bytes <= this.#free; next = this.#waiting[0]) {
      this.#waiting.shift()
      this.#free -= next.bytes
      next.begin()
    }
  }
}
