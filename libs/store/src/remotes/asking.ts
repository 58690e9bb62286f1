import { type Blob, Unusable } from './remote'

/** How long a remote may take to answer the first question; who gets no answer goes on without it. */
const answerTimeoutMs = 10_000

/** A remote has not answered in time. */
export class Unanswered extends Unusable {}

/**
 * Waits for an answer, but not for ever.
 *
 * @throws Unanswered
 */
export async function answered<T>(answer: Promise<T>, timeoutMs: number = answerTimeoutMs): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const tooLate = new Promise<never>((_resolve, reject) => {
    const late = () => reject(new Unanswered(`does not answer within ${timeoutMs / 1000} s`))
    timer = setTimeout(late, timeoutMs)
  })
  try {
    return await Promise.race([answer, tooLate])
  } finally {
    clearTimeout(timer)
  }
}

const usuallyAtOnce = 16

/**
 * Does the work for each, several at a time, and begins no more after a failure.
 *
 * @throws the first error, when nothing is going on any more
 */
export async function eachOf<T>(
  items: Iterable<T>,
  work: (item: T) => Promise<void>,
  atOnce: number = usuallyAtOnce,
): Promise<void> {
  const pending = items[Symbol.iterator]()
  const failures: unknown[] = []
  const worker = async () => {
    for (let next = pending.next(); !next.done && failures.length === 0; next = pending.next()) {
      try {
        await work(next.value)
      } catch (error) {
        failures.push(error)
      }
    }
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
  if (failures.length > 0) throw failures[0]
}

/** Those of the blobs that are not there, where each has to be asked for. */
export async function lacking(
  blobs: readonly Blob[],
  isThere: (blob: Blob) => Promise<boolean>,
): Promise<Blob[]> {
  const found = new Set<Blob>()
  await eachOf(blobs, async (blob) => {
    if (await isThere(blob)) found.add(blob)
  })
  return blobs.filter((blob) => !found.has(blob))
}
