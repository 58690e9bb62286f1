import { setTimeout as delay } from 'node:timers/promises'
import { Unusable } from './remote'

/** What may be over in a moment: a cut connection, a server that is busy. */
export class Passing extends Unusable {
  /** @param afterMs how long the server says to wait */
  constructor(
    message: string,
    readonly afterMs?: number,
  ) {
    super(message)
  }
}

/** Before each further try, in ms: all together far less than people wait for an answer. */
const pauses = [100, 400, 1600]
const longestPauseMs = 5000

/**
 * Tries again what fails in passing.
 *
 * @param o.progress a number that grows while something comes of it: then the count begins anew
 */
export async function withRetries<T>(
  work: () => Promise<T>,
  o: { signal?: AbortSignal | undefined; progress?: () => number } = {},
): Promise<T> {
  let reached = o.progress?.() ?? 0
  for (let tries = 0; ; tries++) {
    try {
      o.signal?.throwIfAborted()
      return await work()
    } catch (error) {
      const now = o.progress?.() ?? 0
      if (now > reached) tries = 0
      reached = now
      const pause = pauses[tries]
      if (!(error instanceof Passing) || pause === undefined) throw error
      // Many machines that were refused together do not come back together.
      const spread = pause * (0.5 + Math.random())
      await delay(Math.min(Math.max(error.afterMs ?? 0, spread), longestPauseMs), undefined, o)
    }
  }
}
