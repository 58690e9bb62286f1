/**
 * A fact that may not be known before the work it depends on is done: on a cold clone there is no environment
 * and no data, and a plan says so instead of guessing.
 */
export type Answer<T> = { known: true; value: T } | { known: false; because: string }

export function known<T>(value: T): Answer<T> {
  return { known: true, value }
}

export function unknown<T>(because: string): Answer<T> {
  return { known: false, because }
}
