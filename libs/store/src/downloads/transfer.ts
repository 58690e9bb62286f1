import { open } from 'node:fs/promises'
import { isFull, isReadOnly } from '../protocol/access'
import type { Client } from './http'
import { judgeAnswer, type Verdict } from './judge-answer'
import { type Part, validatorOf } from './part'
import type { Rate } from './rate'

/** What is downloaded, as far as it is known. */
export interface Wanted {
  name: string
  sha256: string | null
  bytes?: number | undefined
}

/** How one request ended: with all bytes, or with a verdict on why not. */
export type Ending = { kind: 'complete' } | Exclude<Verdict, { kind: 'take' }>

/** One request: asks for what the part lacks, and writes what comes. */
export async function transfer(
  wanted: Wanted,
  part: Part,
  o: { client: Client; url: string; signal: AbortSignal; rate: Rate; room: (bytes: number) => Promise<void> },
): Promise<Ending> {
  const offset = await usable(wanted, part, o.url)
  const bytes = wanted.bytes
  if (offset > 0 && offset === bytes) return { kind: 'complete' }
  const answer = await o.client.get(o.url, await headersFor(part, o.url, offset), o.signal)
  const asked = { offset, bytes, digestKnown: wanted.sha256 !== null }
  const verdict = judgeAnswer(answer.statusCode, answer.headers, asked)
  if (verdict.kind !== 'take') {
    answer.body.on('error', () => undefined)
    answer.body.destroy()
    return verdict
  }
  const validator = validatorOf(answer.headers)
  await o.room(verdict.length ?? 0)
  await part.setOrigin({ url: o.url, ...(validator === undefined ? {} : { validator }) })
  const end = verdict.length === undefined ? undefined : verdict.from + verdict.length
  return write(part, answer.body, {
    ...o,
    from: verdict.from,
    most: bytes ?? end ?? Number.POSITIVE_INFINITY,
    end,
  })
}

/**
 * How much of the part can be gone on from. Without a known digest nobody would notice if the rest came from
 * another file, so only the same mirror with a validator will do.
 */
async function usable(wanted: Wanted, part: Part, url: string): Promise<number> {
  const size = await part.size()
  const origin = await part.origin()
  if (wanted.bytes !== undefined && size > wanted.bytes) return 0
  if (wanted.sha256 !== null) return size
  return origin?.url === url && origin.validator !== undefined ? size : 0
}

async function headersFor(part: Part, url: string, offset: number): Promise<Record<string, string>> {
  // The digest is that of the file as it is published, so it must not be packed on the way.
  const headers = { 'accept-encoding': 'identity', 'user-agent': 'blacksmith' }
  if (offset === 0) return headers
  const origin = await part.origin()
  const validator = origin?.url === url ? origin.validator : undefined
  return { ...headers, range: `bytes=${offset}-`, ...(validator ? { 'if-range': validator } : {}) }
}

async function write(
  part: Part,
  body: AsyncIterable<Uint8Array> & { destroy(): unknown },
  o: { from: number; most: number; end: number | undefined; rate: Rate },
): Promise<Ending> {
  const handle = await open(part.file, o.from === 0 ? 'w' : 'r+').catch((error: unknown) => {
    if (isReadOnly(error)) return undefined
    throw error
  })
  if (!handle) {
    body.destroy()
    return { kind: 'restart', reason: 'what was there belongs to another user' }
  }
  let at = o.from
  try {
    await handle.truncate(o.from)
    o.rate.at(at)
    for await (const chunk of body) {
      if (at + chunk.length > o.most) {
        body.destroy()
        return { kind: 'never', reason: `it sends more than the ${o.most} bytes that the file has` }
      }
      await handle.writev([chunk], at)
      at += chunk.length
      o.rate.at(at)
    }
    o.rate.at(at, true)
  } finally {
    await handle.close()
  }
  if (o.end !== undefined && at < o.end) return { kind: 'later', reason: 'the connection was cut' }
  return { kind: 'complete' }
}

/** What a failed request says about its mirror; what is no fault of the mirror is thrown on. */
export function endingOf(error: unknown): Ending {
  const { code, message } = error as NodeJS.ErrnoException
  if (isFull(error) || code === undefined || /^(EACCES|EROFS|EPERM|EIO)$/.test(code)) throw error
  const lasting = ['ENOTFOUND', 'UND_ERR_INVALID_ARG', 'ERR_INVALID_URL', 'CERT_HAS_EXPIRED']
  const reason = reasons[code] ?? `${message} (${code})`
  return { kind: lasting.includes(code) || code.startsWith('ERR_TLS') ? 'never' : 'later', reason }
}

const reasons: Record<string, string> = {
  ENOTFOUND: 'its name cannot be resolved',
  EAI_AGAIN: 'its name cannot be resolved now',
  ECONNREFUSED: 'it refuses connections',
  ECONNRESET: 'the connection was cut',
  UND_ERR_SOCKET: 'the connection was cut',
  UND_ERR_CONNECT_TIMEOUT: 'no connection could be made in time',
  UND_ERR_HEADERS_TIMEOUT: 'it did not answer in time',
  UND_ERR_BODY_TIMEOUT: 'it stopped sending',
}
