import { first } from './part'

/** What to do with an answer. `from` is the position in the file at which its body belongs. */
export type Verdict =
  | { kind: 'take'; from: number; length: number | undefined }
  /** All bytes are there already. */
  | { kind: 'complete' }
  /** What is there does not fit this answer: begin again. */
  | { kind: 'restart'; reason: string }
  /** Not now: the same mirror may have it in a moment. */
  | { kind: 'later'; reason: string; after?: number }
  /** This mirror does not have the file. */
  | { kind: 'never'; reason: string }

/** What was asked for. */
export interface Asked {
  /** The position asked for with Range; 0 without. */
  offset: number
  /** The file's length, where it is known. */
  bytes: number | undefined
  /** Whether the digest is known: then wrong bytes are found out in the end. */
  digestKnown: boolean
}

type Headers = Record<string, string | string[] | undefined>

/** Judges an answer by its status and headers alone, before anything is written. */
export function judgeResponse(status: number, headers: Headers, asked: Asked): Verdict {
  if (status === 206) return partial(headers, asked)
  if (status === 200) return whole(headers, asked)
  if (status === 416) return beyondEnd(asked)
  if (status === 408 || status === 425 || status === 429 || status >= 500) {
    return { kind: 'later', reason: `it answered with status ${status}`, ...retryAfter(headers) }
  }
  return { kind: 'never', reason: `it answered with status ${status}` }
}

function whole(headers: Headers, { bytes }: Asked): Verdict {
  const length = lengthOf(headers)
  if (bytes !== undefined && length === bytes) return { kind: 'take', from: 0, length }
  // A login or error page with status 200 is what proxies and moved mirrors like to answer.
  if (/^(text\/html|application\/xhtml)/i.test(first(headers['content-type']) ?? '')) {
    return { kind: 'never', reason: 'it answered with a web page instead of the file' }
  }
  if (bytes !== undefined && length !== undefined) {
    return { kind: 'never', reason: `its file has ${length} bytes instead of ${bytes}` }
  }
  return { kind: 'take', from: 0, length }
}

function partial(headers: Headers, { offset, bytes }: Asked): Verdict {
  const range = /^bytes (\d+)-(\d+)\/(\d+|\*)$/.exec(first(headers['content-range']) ?? '')
  if (!range) return { kind: 'restart', reason: 'it answered with a range without saying which' }
  const [from, to, total] = [
    Number(range[1]),
    Number(range[2]),
    range[3] === '*' ? undefined : Number(range[3]),
  ]
  if (from !== offset)
    return { kind: 'restart', reason: `it answered with bytes from ${from} instead of ${offset}` }
  if (bytes !== undefined && total !== undefined && total !== bytes) {
    return { kind: 'never', reason: `its file has ${total} bytes instead of ${bytes}` }
  }
  return { kind: 'take', from, length: to - from + 1 }
}

function beyondEnd({ offset, bytes, digestKnown }: Asked): Verdict {
  if (offset > 0 && digestKnown && (bytes === undefined || bytes === offset)) return { kind: 'complete' }
  return { kind: 'restart', reason: 'it has fewer bytes than were already there' }
}

function lengthOf(headers: Headers): number | undefined {
  const length = first(headers['content-length'])
  return length !== undefined && /^\d+$/.test(length) ? Number(length) : undefined
}

/** Retry-After as seconds; a date is rare here and is taken as no answer. */
function retryAfter(headers: Headers): { after?: number } {
  const seconds = Number(first(headers['retry-after']))
  return Number.isFinite(seconds) && seconds > 0 ? { after: seconds * 1000 } : {}
}
