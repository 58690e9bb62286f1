import { Pace } from '../downloads/bounds'
import { eachOf } from './asking'
import type { Budget } from './budget'
import { type Blob, type Reading, RemoteFault, Unusable } from './remote'
import { withRetries } from './retries'
import { inWords, type Patience } from './web-client'

/** From `from` to before `to`. */
export interface Range {
  from: number
  to: number
}

/** What a server gives of a blob. */
export interface Given {
  /** Where in the blob it begins; undefined where it is all of it: some servers know no ranges. */
  from: number | undefined
  /** Bytes of the whole blob, where that is said. */
  total: number | undefined
  body: AsyncIterable<Uint8Array> & { destroy(): unknown }
}

/**
 * Asks for a blob, or for a range of it.
 *
 * @throws RemoteFault where there is no such blob
 */
export type AskForRange = (range: Range | undefined, signal: AbortSignal) => Promise<Given>

type Take = (piece: Uint8Array) => Promise<void>

const rangeBytes = 4 << 20
const atOnce = 4
/** In the time in which an answer must come: no network that is of use is slower. */
const least = 16_384

/**
 * Reads a blob in ranges, several at a time, and hands them over in order.
 *
 * @throws RemoteFault where it is not there, or has another length
 */
export async function readInRanges(
  ask: AskForRange,
  blob: Blob,
  take: Take,
  { from = 0, signal, onBytes, budget, patience }: Reading & { budget: Budget; patience: Patience },
): Promise<void> {
  const stop = new AbortController()
  const abort = () => stop.abort(signal?.reason)
  signal?.addEventListener('abort', abort)
  let at = from
  const handOver = async (piece: Uint8Array) => {
    stop.signal.throwIfAborted()
    await take(piece)
    at += piece.length
    onBytes?.(piece.length)
  }
  const reading = { ask, blob, patience, signal: stop.signal }
  const fetchAll = (ranges: readonly Range[]) =>
    inOrder(ranges, (range, buffer) => fetchRange(range, buffer, reading), handOver, budget)
  try {
    signal?.throwIfAborted()
    // The first answer shows whether the server knows ranges, before it is asked for them all at once.
    const [first, ...others] = rangesOf(from, blob.bytes)
    if (first) await fetchAll([first])
    await fetchAll(others)
  } catch (error) {
    stop.abort(error)
    if (!(error instanceof NoRanges)) throw error
    await readThrough(at, { ...reading, signal: signal ?? new AbortController().signal }, take, onBytes)
  } finally {
    signal?.removeEventListener('abort', abort)
  }
}

interface Asking {
  ask: AskForRange
  blob: Blob
  patience: Patience
  signal: AbortSignal
}

/** The server does not give the part of a blob that was asked for. */
class NoRanges extends Error {}

function rangesOf(from: number, bytes: number): Range[] {
  const count = Math.max(1, Math.ceil((bytes - from) / rangeBytes))
  return Array.from({ length: count }, (_, at) => ({
    from: from + at * rangeBytes,
    to: Math.min(bytes, from + (at + 1) * rangeBytes),
  }))
}

/** Fetches ranges at once, and hands each over when those before it were. */
async function inOrder(
  ranges: readonly Range[],
  fetch: (range: Range, buffer: Uint8Array) => Promise<void>,
  handOver: Take,
  budget: Budget,
): Promise<void> {
  let last: Promise<void> = Promise.resolve()
  const work = async (range: Range, before: Promise<void>) => {
    const { buffer, giveBack } = await budget.lend(range.to - range.from, rangeBytes)
    try {
      await fetch(range, buffer)
      await before
      await handOver(buffer)
    } finally {
      giveBack()
    }
  }
  await eachOf(
    ranges,
    (range) => {
      last = work(range, last)
      return last
    },
    atOnce,
  )
}

async function fetchRange(
  { from, to }: Range,
  buffer: Uint8Array,
  { ask, blob, patience, signal }: Asking,
): Promise<void> {
  let at = 0
  const tryOnce = async () => {
    const isWhole = from + at === 0 && to === blob.bytes
    const given = await ask(isWhole ? undefined : { from: from + at, to }, signal)
    try {
      refuseLength(given, blob)
      if (!isWhole && given.from !== from + at) throw new NoRanges()
      for await (const piece of inTime(given, patience)) {
        if (at + piece.length > buffer.length) throw new RemoteFault('has more bytes than it should have')
        buffer.set(piece, at)
        at += piece.length
      }
    } finally {
      given.body.destroy()
    }
    if (at < buffer.length) throw new RemoteFault(`has ${from + at} bytes instead of ${blob.bytes}`)
  }
  await withRetries(tryOnce, { signal, progress: () => Math.floor(at / least) })
}

/** Reads all of a blob, and passes over what is here already. */
async function readThrough(
  from: number,
  { ask, blob, patience, signal }: Asking,
  take: Take,
  onBytes: Reading['onBytes'],
): Promise<void> {
  let done = from
  const tryOnce = async () => {
    const given = await ask(undefined, signal)
    let at = 0
    try {
      refuseLength(given, blob)
      for await (const piece of inTime(given, patience)) {
        const fresh = piece.subarray(Math.max(0, done - at))
        at += piece.length
        if (at > blob.bytes) throw new RemoteFault('has more bytes than it should have')
        if (fresh.length === 0 || at <= done) continue
        await take(fresh)
        done = at
        onBytes?.(fresh.length)
      }
    } finally {
      given.body.destroy()
    }
    if (at < blob.bytes) throw new RemoteFault(`has ${at} bytes instead of ${blob.bytes}`)
  }
  await withRetries(tryOnce, { signal })
}

function refuseLength({ total }: Given, { bytes }: Blob): void {
  if (total !== undefined && total !== bytes) throw new RemoteFault(`has ${total} bytes instead of ${bytes}`)
}

async function* inTime({ body }: Given, patience: Patience): AsyncIterable<Uint8Array> {
  const pace = new Pace({ least, within: patience.answer, most: 0 }, 0)
  let at = 0
  try {
    for await (const piece of body) {
      at += piece.length
      if (pace.tooSlow(at)) throw new Unusable(`is too slow: less than 16 KB in ${patience.answer / 1000} s`)
      yield piece
    }
  } catch (error) {
    throw inWords(error, patience)
  }
}
