import { distance } from 'fastest-levenshtein'

/** The candidate that `word` is most likely a misspelling of; undefined when none is near. */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  const lower = word.toLowerCase()
  let best: { candidate: string; cost: number } | undefined
  for (const candidate of candidates) {
    const cost = distance(lower, candidate.toLowerCase())
    if (best === undefined || cost < best.cost) best = { candidate, cost }
  }
  if (best !== undefined && isNear(lower, best.candidate.toLowerCase(), best.cost)) return best.candidate
  // `batch` for `batch_size`, or the other way round: too far apart by letters, near by meaning.
  const parts = candidates.filter((one) => lower.length > 2 && one.toLowerCase().startsWith(lower))
  return parts.length === 1 ? parts[0] : undefined
}

function isNear(word: string, candidate: string, cost: number): boolean {
  // Two letters swapped are a distance of two already.
  const sameLetters = [...word].sort().join() === [...candidate].sort().join()
  if (word.length < 4) return cost <= (sameLetters ? 2 : 1)
  return cost <= Math.max(2, Math.floor(word.length / 3))
}

/** What to do about a word that is not among `candidates`: the nearest one, and all of them. */
export function hint(word: string, candidates: readonly string[], what = 'accepted'): string {
  if (candidates.length === 0) return what === 'there are' ? 'there are none' : `nothing is ${what} here`
  const near = nearest(word, candidates)
  const all = `${what}: ${candidates.join(', ')}`
  return near === undefined ? all : `did you mean ${near}? (${all})`
}
