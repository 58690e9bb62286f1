/** Seconds of each round, by the name of what was run. */
export type Times = Record<string, number[]>

/** Runs each candidate once a round, in turn, so that whatever else the machine does meets all of them alike. */
export function interleaved(rounds: number, candidates: Record<string, () => void>): Times {
  const times: Times = Object.fromEntries(Object.keys(candidates).map((name) => [name, []]))
  for (let round = 0; round < rounds; round++) {
    for (const [name, run] of Object.entries(candidates)) {
      const before = performance.now()
      run()
      times[name]?.push((performance.now() - before) / 1000)
    }
  }
  return times
}

/** As `interleaved`, of what takes its time in other processes; a candidate that counts for itself gives its seconds. */
export async function inTurn(
  rounds: number,
  candidates: Record<string, (round: number) => Promise<number | undefined>>,
): Promise<Times> {
  const times: Times = Object.fromEntries(Object.keys(candidates).map((name) => [name, []]))
  for (let round = 0; round < rounds; round++) {
    for (const [name, run] of Object.entries(candidates)) {
      const before = performance.now()
      const own = await run(round)
      times[name]?.push(own ?? (performance.now() - before) / 1000)
    }
  }
  return times
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1
    ? (sorted[middle] ?? 0)
    : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2
}

/** One line: the ratio of the medians, beside the most that it may be. */
export function ratioLine(what: string, times: Times, of: string, to: string, atMost: number): string {
  const [ours, theirs] = [median(times[of] ?? []), median(times[to] ?? [])]
  return `${what}: ${(ours / theirs).toFixed(2)} (at most ${atMost}); ${of} ${ours.toFixed(3)} s, ${to} ${theirs.toFixed(3)} s`
}
