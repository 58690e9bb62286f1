import { setTimeout as delay } from 'node:timers/promises'

/** Waits so many milliseconds; aborted, it ends at once with the signal's own reason. */
export async function pauseFor(milliseconds: number, signal?: AbortSignal): Promise<void> {
  try {
    await delay(milliseconds, undefined, signal ? { signal } : {})
  } catch (error) {
    signal?.throwIfAborted()
    throw error
  }
}
