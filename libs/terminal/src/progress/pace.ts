/** Seconds of the recent past that the estimate looks at: long enough to be calm, short enough to follow a change. */
const windowSeconds = 60
/** Samples closer together than this replace each other. */
const spacingSeconds = 0.5

/** Estimates the time that is left from how fast the last steps went; a resumed run starts from what it saw itself. */
export class Pace {
  private samples: { time: number; done: number }[] = []

  /** `done` is the part of the work that is finished, from 0 to 1, at `time` (seconds). */
  add(time: number, done: number): void {
    const last = this.samples.at(-1)
    if (last !== undefined && (time < last.time || done < last.done)) this.samples = []
    const previous = this.samples.at(-2)
    if (previous !== undefined && time - previous.time < spacingSeconds) this.samples.pop()
    this.samples.push({ time, done })
    while (this.samples.length > 2 && time - (this.samples[0]?.time ?? time) > windowSeconds)
      this.samples.shift()
  }

  /** Seconds to the end, once there is something to estimate them from. */
  secondsLeft(): number | undefined {
    const first = this.samples[0]
    const last = this.samples.at(-1)
    if (first === undefined || last === undefined || last.done <= first.done || last.time <= first.time) {
      return undefined
    }
    return ((1 - last.done) * (last.time - first.time)) / (last.done - first.done)
  }
}
