import { isFull } from '../disk/access'
import type { Client } from './http'
import { judgeResponse, type Verdict } from './judge-response'
import { type Part, validatorOf } from './part'
import { type Watched, writeBody } from './write-body'

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
  o: { client: Client; url: string; signal: AbortSignal } & Watched,
): Promise<Ending> {
  const offset = await usable(wanted, part, o.url)
  const bytes = wanted.bytes
  if (offset > 0 && offset === bytes) return { kind: 'complete' }
  const response = await o.client.get(o.url, await headersFor(part, o.url, offset), o.signal)
  const asked = { offset, bytes, digestKnown: wanted.sha256 !== null }
  const verdict = judgeResponse(response.statusCode, response.headers, asked)
  if (verdict.kind !== 'take') {
    response.body.on('error', () => undefined)
    response.body.destroy()
    return verdict
  }
  const validator = validatorOf(response.headers)
  await o.room(verdict.length ?? 0)
  await part.setOrigin({ url: o.url, ...(validator === undefined ? {} : { validator }) })
  const end = verdict.length === undefined ? undefined : verdict.from + verdict.length
  return writeBody(part, response.body, {
    ...o,
    from: verdict.from,
    most: bytes ?? end,
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
