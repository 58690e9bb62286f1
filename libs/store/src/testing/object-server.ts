import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { answerS3, isS3Question, type Uploads, xmlError } from './s3-dialect'

/** A request, read whole. */
export interface Asked {
  method: string
  /** Of the object, as in a folder remote: `trusted/blobs/…`; '' for the bucket itself. */
  name: string
  query: URLSearchParams
  headers: IncomingMessage['headers']
  body: Buffer
}

export interface Stored {
  body: Buffer
  written: Date
}

/** Answers in the server's place; undefined where the server is to answer as it does. */
export type Fault = (asked: Asked, response: ServerResponse, stored: Stored | undefined) => unknown

export type Dialect = 'plain' | 's3'

/** A server of objects in memory that is strict where others are lax: conditions, digests, lengths, rights. */
export class ObjectServer {
  readonly objects = new Map<string, Stored>()
  readonly uploads: Uploads = new Map()
  /** What was asked so far, as `GET trusted/records/…`, with the range or the query that says what for. */
  readonly asked: string[] = []
  /** Looked at first; the one that gives true has answered. */
  fault: Fault | undefined
  #server = createServer((request, response) => void this.#serve(request, response))
  #port = 0

  constructor(readonly dialect: Dialect) {}

  async listen(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(this.#port, '127.0.0.1', resolve))
    this.#port = (this.#server.address() as AddressInfo).port
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise<unknown>((resolve) => this.#server.close(resolve))
  }

  get origin(): string {
    return `http://127.0.0.1:${this.#port}`
  }

  /** How many requests there were that begin so. */
  count(beginning: string): number {
    return this.asked.filter((line) => line.startsWith(beginning)).length
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const pieces: Buffer[] = []
    // A client that is killed while it sends.
    try {
      for await (const piece of request) pieces.push(piece as Buffer)
    } catch {
      return
    }
    const url = new URL(request.url ?? '', this.origin)
    const name = decodeURIComponent(url.pathname).replace(/^\/cache\/?/, '')
    const { method = '', headers } = request
    const asked = { method, name, query: url.searchParams, headers, body: Buffer.concat(pieces) }
    this.asked.push([method, name, headers.range ?? url.search.slice(1)].join(' ').trim())
    if (this.fault?.(asked, response, this.objects.get(name)) === true) return
    const refused = this.#refused(asked)
    if (refused !== undefined) this.refuse(response, refused, method === 'PUT' ? 'AccessDenied' : 'Forbidden')
    else if (this.dialect === 's3' && isS3Question(asked)) answerS3(this, asked, response)
    else this.answer(asked, response)
  }

  /** Who writes needs a writer's token, or key; a reader's does for the rest. */
  #refused({ method, headers, body }: Asked): number | undefined {
    const { authorization = '' } = headers
    const who = /^(?:Bearer |AWS4-HMAC-SHA256 Credential=)(writer|reader)\b/.exec(authorization)?.[1]
    if (who === undefined) return 401
    const digest = headers['x-amz-content-sha256']
    if (digest !== undefined && digest !== createHash('sha256').update(body).digest('hex')) return 400
    return who === 'writer' || method === 'GET' || method === 'HEAD' ? undefined : 403
  }

  answer({ method, name, headers, body }: Asked, response: ServerResponse): void {
    const stored = this.objects.get(name)
    if (method === 'PUT') {
      if (headers['if-none-match'] === '*' && stored) this.refuse(response, 412, 'PreconditionFailed')
      else {
        this.objects.set(name, { body, written: new Date() })
        response.writeHead(this.dialect === 's3' ? 200 : 201).end()
      }
    } else if (method === 'DELETE') {
      this.objects.delete(name)
      response.writeHead(204).end()
    } else if (!stored) this.refuse(response, 404, 'NoSuchKey')
    else serve(stored.body, headers.range, response)
  }

  refuse(response: ServerResponse, status: number, code: string): void {
    const text = this.dialect === 's3' ? xmlError(code) : ''
    response.writeHead(status, text ? { 'content-type': 'application/xml' } : {}).end(text)
  }
}

/** A body, or the range of it that was asked for. Node leaves the body away where HEAD asks. */
export function serve(body: Buffer, asked: string | undefined, response: ServerResponse): void {
  const range = /^bytes=(\d+)-(\d*)$/.exec(asked ?? '')
  const from = Number(range?.[1] ?? 0)
  const to = Math.min(body.length, range?.[2] ? Number(range[2]) + 1 : body.length)
  if (range && from >= body.length) {
    response.writeHead(416, { 'content-range': `bytes */${body.length}` }).end()
    return
  }
  const ranged = range ? { 'content-range': `bytes ${from}-${to - 1}/${body.length}` } : {}
  response.writeHead(range ? 206 : 200, { 'content-length': to - from, ...ranged })
  response.end(body.subarray(from, to))
}
