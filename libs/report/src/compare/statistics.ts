/** Repeats of one measurement: their mean, and their sample deviation where there are at least two. */
export interface Spread {
  mean: number
  deviation?: number
  count: number
}

/** The mean and the sample standard deviation (n − 1) of what is finite; nothing when nothing is. */
export function spreadOf(values: readonly (number | null | undefined)[]): Spread | undefined {
  const finite = values.filter(
    (value): value is number => typeof value === 'number' && Number.isFinite(value),
  )
  if (finite.length === 0) return undefined
  const mean = finite.reduce((sum, value) => sum + value, 0) / finite.length
  if (finite.length === 1) return { mean, count: 1 }
  const squares = finite.reduce((sum, value) => sum + (value - mean) ** 2, 0)
  return { mean, deviation: Math.sqrt(squares / (finite.length - 1)), count: finite.length }
}

/** The difference of two means with its standard error (Welch), where both are known from repeats. */
export function differenceOf(reference: Spread, other: Spread): { difference: number; error?: number } {
  const difference = other.mean - reference.mean
  if (reference.deviation === undefined || other.deviation === undefined) return { difference }
  const variance = reference.deviation ** 2 / reference.count + other.deviation ** 2 / other.count
  return { difference, error: Math.sqrt(variance) }
}
