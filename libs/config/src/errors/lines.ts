/** The lines of a text, found once: a hostile file holds mistakes by the thousand. */
export class Lines {
  private readonly starts: number[] = [0]
  /** Where characters of two code units stand. */
  private readonly pairs: number[] = []

  constructor(private readonly text: string) {
    for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) this.starts.push(at + 1)
    for (const { index } of text.matchAll(/[\ud800-\udbff][\udc00-\udfff]/g)) this.pairs.push(index)
  }

  /** Line and column of a character offset, counted from 1; columns in characters. */
  at(offset: number): { line: number; column: number } {
    const line = below(this.starts, offset + 1)
    const start = this.starts[line - 1] ?? 0
    const pairs = below(this.pairs, offset) - below(this.pairs, start)
    return { line, column: offset - start - pairs + 1 }
  }

  /** The text of a line, counted from 1; undefined where there is none. */
  line(number: number): string | undefined {
    const start = this.starts[number - 1]
    const next = this.starts[number]
    return start === undefined ? undefined : this.text.slice(start, next === undefined ? undefined : next - 1)
  }
}

/** How many of the sorted numbers are below `limit`. */
function below(sorted: readonly number[], limit: number): number {
  let [low, high] = [0, sorted.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((sorted[middle] ?? limit) < limit) low = middle + 1
    else high = middle
  }
  return low
}
