import { plainLine } from '@blacksmith/text'

const mostDifferent = 50

/** Shows each warning once: a library that warns at every step must not bury the run. */
export class Warnings {
  private readonly seen = new Map<string, number>()
  private unseen = 0

  /** The line to show for a warning, or nothing when it was shown before. */
  line(message: unknown): string | undefined {
    const text = plainLine(typeof message === 'string' ? message : (JSON.stringify(message) ?? 'no message'))
    const count = this.seen.get(text)
    if (count !== undefined) {
      this.seen.set(text, count + 1)
      return undefined
    }
    if (this.seen.size >= mostDifferent) {
      this.unseen += 1
      return undefined
    }
    this.seen.set(text, 1)
    return `warning: ${text}`
  }

  /** What was held back, for the end of the run. */
  rest(): string[] {
    const repeated = [...this.seen]
      .filter(([, count]) => count > 1)
      .map(([text, count]) => `warning (${count} times): ${text}`)
    return this.unseen === 0 ? repeated : [...repeated, `warning: ${this.unseen} more are in log.txt`]
  }
}
