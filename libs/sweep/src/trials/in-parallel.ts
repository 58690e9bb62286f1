/**
 * Does something with each item, so many at once, in their order. The first error ends it once what is going on has
 * ended.
 *
 * @returns the results in the order of the items
 * @throws the first error; the signal's reason where it is aborted before all are begun
 */
export async function inParallel<T, R>(
  items: readonly T[],
  atOnce: number,
  signal: AbortSignal,
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = []
  const errors: unknown[] = []
  let next = 0
  const worker = async () => {
    while (next < items.length && errors.length === 0) {
      const at = next++
      try {
        signal.throwIfAborted()
        results[at] = await work(items[at] as T)
      } catch (error) {
        errors.push(error)
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, worker))
  if (errors.length > 0) throw errors[0]
  return results
}
