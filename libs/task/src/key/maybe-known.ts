/**
 * A fact that may not be known before the work it depends on is done: on a cold clone there is no environment
 * and no data, and a plan says so instead of guessing.
 */
export type MaybeKnown<T> = { known: true; value: T } | { known: false; because: string }

export function known<T>(value: T): MaybeKnown<T> {
  return { known: true, value }
}

export function unknown<T>(because: string): MaybeKnown<T> {
  return { known: false, because }
}
