import { Readable } from 'node:stream'
import type { Dispatcher } from 'undici'
import { Unusable } from './remote'
import { Passing } from './retries'

/** How long to wait, in ms. */
export interface Patience {
  /** Until a question is answered, for the next piece of an answer, and until a piece of ours is taken. */
  answer: number
  /** Until what was sent whole is stored. */
  stored: number
}

export const usualPatience: Patience = { answer: 10_000, stored: 60_000 }

export interface WebRequest {
  method: string
  url: string
  headers: Record<string, string>
  /** `content-length` says how many bytes these are together. */
  body?: AsyncIterable<Uint8Array> | Uint8Array | undefined
  signal?: AbortSignal | undefined
}

/** What came back; its body must be read, or dropped. */
export type WebResponse = Pick<Dispatcher.ResponseData, 'statusCode' | 'headers' | 'body'>

/** Makes one request, through the proxies that the environment names. Redirects are not followed. */
export type WebClient = (request: WebRequest) => Promise<WebResponse>

/** @returns a client that throws Unusable for what goes wrong with networks, and Passing where that may be over soon */
export function webClient(patience: Patience, env: NodeJS.ProcessEnv = process.env): WebClient {
  // undici takes 50 ms to load, which only those pay who ask a remote.
  const { EnvHttpProxyAgent, request } = require('undici') as typeof import('undici')
  const dispatcher = new EnvHttpProxyAgent({
    connect: { timeout: patience.answer },
    headersTimeout: 0,
    bodyTimeout: patience.answer,
    // Ordinary proxies let only https through a tunnel.
    proxyTunnel: false,
    // An empty text keeps undici from looking into this process's own environment.
    httpProxy: env.http_proxy ?? env.HTTP_PROXY ?? '',
    httpsProxy: env.https_proxy ?? env.HTTPS_PROXY ?? '',
    noProxy: env.no_proxy ?? env.NO_PROXY ?? '',
  })
  return async ({ method, url, headers, body, signal }) => {
    const watch = new Watch(signal)
    watch.expect(patience.answer)
    const sent = () => watch.expect(method === 'PUT' || method === 'POST' ? patience.stored : patience.answer)
    const isSmall = body instanceof Uint8Array && body.length <= pieceBytes
    if (isSmall) sent()
    const pieces = (all: NonNullable<typeof body>) => piecesOf(all, () => watch.expect(patience.answer), sent)
    try {
      const response = await request(url, {
        dispatcher,
        method: method as Dispatcher.HttpMethod,
        headers,
        body: isSmall || !body ? (body ?? null) : Readable.from(pieces(body), { objectMode: false }),
        signal: watch.signal,
      })
      watch.isAnswered()
      response.body.once('close', () => watch.end())
      return response
    } catch (error) {
      watch.end()
      throw signal?.aborted ? error : inWords(error, patience)
    }
  }
}

/** Breaks a request off where nothing has happened in time. */
class Watch {
  readonly #controller = new AbortController()
  #timer: NodeJS.Timeout | undefined

  constructor(readonly outer: AbortSignal | undefined) {
    if (outer?.aborted) this.#stop()
    outer?.addEventListener('abort', this.#stop)
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  expect(withinMs: number): void {
    clearTimeout(this.#timer)
    const late = () => this.#controller.abort(new Unusable(`does not answer within ${withinMs / 1000} s`))
    this.#timer = setTimeout(late, withinMs)
  }

  /** From here on it is undici that looks at the time. */
  isAnswered(): void {
    clearTimeout(this.#timer)
  }

  end(): void {
    clearTimeout(this.#timer)
    this.outer?.removeEventListener('abort', this.#stop)
  }

  #stop = (): void => this.#controller.abort(this.outer?.reason)
}

const pieceBytes = 256 << 10

/** In pieces, so that it is seen when they are not taken any more. */
async function* piecesOf(
  body: AsyncIterable<Uint8Array> | Uint8Array,
  onPiece: () => void,
  onEnd: () => void,
): AsyncIterable<Uint8Array> {
  if (body instanceof Uint8Array) {
    for (let at = 0; at < body.length; at += pieceBytes) {
      onPiece()
      yield body.subarray(at, at + pieceBytes)
    }
  } else {
    for await (const piece of body) {
      onPiece()
      yield piece
    }
  }
  onEnd()
}

const cut = 'cuts connections'
const unknownName = 'cannot be reached: nobody knows its name'
const passing = ['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE', 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH']
const words: Record<string, string> = {
  ENOTFOUND: unknownName,
  EAI_AGAIN: unknownName,
  ECONNREFUSED: 'cannot be reached: it refuses connections',
  EHOSTUNREACH: 'cannot be reached from here',
  ENETUNREACH: 'cannot be reached from here',
  ETIMEDOUT: 'cannot be reached from here',
}

/** What networks and TLS say, as an end of a sentence; what is no fault of theirs stays what it is. */
export function inWords(error: unknown, { answer }: Patience): unknown {
  const { code, name } = error as NodeJS.ErrnoException
  if (name === 'HTTPParserError') return new Unusable('answers nonsense: it is no server of HTTP')
  if (error instanceof Unusable || typeof code !== 'string') return error
  if (passing.includes(code)) return new Passing(cut)
  if (code === 'UND_ERR_CONNECT_TIMEOUT' || code === 'UND_ERR_BODY_TIMEOUT')
    return new Unusable(`does not answer within ${answer / 1000} s`)
  if (/CERT|ERR_TLS|ERR_SSL|ALTNAME/.test(code))
    return new Unusable(`has no certificate that this machine trusts (${code})`)
  if (words[code] !== undefined) return new Unusable(words[code])
  return code.startsWith('UND_ERR')
    ? new Unusable(`cannot be used: ${(error as Error).message} (${code})`)
    : error
}
