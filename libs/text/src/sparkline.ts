const blocks = '▁▂▃▄▅▆▇█'

/** The last values as a row of `columns` bars, each bar the mean of its share; what is not finite is a gap. */
export function sparkline(values: readonly number[], columns: number): string {
  if (values.length === 0 || columns <= 0) return ''
  const bars = shares(values, columns)
  const finite = bars.filter(Number.isFinite)
  const low = Math.min(...finite)
  const range = Math.max(...finite) - low
  return bars
    .map((bar) => {
      if (!Number.isFinite(bar)) return ' '
      const level = range > 0 ? Math.round(((bar - low) / range) * (blocks.length - 1)) : 0
      return blocks[level]
    })
    .join('')
}

function shares(values: readonly number[], columns: number): number[] {
  if (values.length <= columns) return [...values]
  return Array.from({ length: columns }, (_, index) => {
    const from = Math.floor((index * values.length) / columns)
    const to = Math.floor(((index + 1) * values.length) / columns)
    const finite = values.slice(from, to).filter(Number.isFinite)
    return finite.length > 0 ? finite.reduce((sum, value) => sum + value, 0) / finite.length : Number.NaN
  })
}
