/** Line and column, both from 1. */
export interface Position {
  line: number
  column: number
}

/** A function from an offset in the source to its line and column. */
export function lineFinder(source: string): (offset: number) => Position {
  const starts = [0]
  for (const { index, 0: end } of source.matchAll(/\r\n|\r|\n/g)) starts.push(index + end.length)
  return (offset) => {
    let low = 0
    let high = starts.length - 1
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if ((starts[middle] ?? 0) <= offset) low = middle
      else high = middle - 1
    }
    return { line: low + 1, column: offset - (starts[low] ?? 0) + 1 }
  }
}
