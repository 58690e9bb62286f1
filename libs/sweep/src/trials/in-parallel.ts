/**
 * Does something with each item, so many at once, in their order. The first error ends it once what is going on has
 * ended.
 *
 * @throws the first error; the signal's reason where it is aborted before all are begun
 */
export async function inParallel<T>(
  items: readonly T[],
  atOnce: number,
  signal: AbortSignal,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const errors: unknown[] = []
  let next = 0
  const run = async () => {
    try {
      while (next < items.length && errors.length === 0) {
        signal.throwIfAborted()
        await work(items[next++] as T)
      }
    } catch (error) {
      errors.push(error)
    }
  }
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }).map(run))
  if (errors.length > 0) throw errors[0]
}
