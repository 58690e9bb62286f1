import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What a mirror does with a request; `count` is how many came before it. */
export type Behaviour = (request: IncomingMessage, response: ServerResponse, count: number) => void

export interface Mirror {
  url: string
  /** The Range header of every request so far; '' where there was none. */
  ranges: string[]
  close(): Promise<void>
}

/** Real HTTP servers on loopback that are gone after the test file. */
export function mirrors(): (behaviour: Behaviour) => Promise<Mirror> {
  const open: Mirror[] = []
  afterAll(async () => {
    await Promise.all(open.map((mirror) => mirror.close()))
  })
  return async (behaviour) => {
    const ranges: string[] = []
    const server = createServer((request, response) => {
      ranges.push(request.headers.range ?? '')
      behaviour(request, response, ranges.length - 1)
    })
    const url = `http://127.0.0.1:${await listen(server)}/data/file.bin`
    const close = () =>
      new Promise<void>((resolve) => {
        server.closeAllConnections()
        server.close(() => resolve())
      })
    const mirror = { url, ranges, close }
    open.push(mirror)
    return mirror
  }
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}

/** A well-behaved mirror: ranges, and If-Range by ETag. */
export function serves(content: Buffer, etag = '"one"'): Behaviour {
  return (request, response) => {
    const from = rangeOf(request)
    const valid = (request.headers['if-range'] ?? etag) === etag
    if (from === undefined || !valid) {
      response.writeHead(200, { 'content-length': content.length, etag })
      response.end(content)
    } else if (from >= content.length) {
      response.writeHead(416, { 'content-range': `bytes */${content.length}` }).end()
    } else {
      const range = `bytes ${from}-${content.length - 1}/${content.length}`
      response.writeHead(206, { 'content-range': range, 'content-length': content.length - from, etag })
      response.end(content.subarray(from))
    }
  }
}

/** Sends `bytes` of what is asked for and, once they have surely been read, drops the connection. */
export function cutsAfter(content: Buffer, bytes: number, etag = '"one"'): Behaviour {
  return (request, response) => {
    const from = rangeOf(request) ?? 0
    const headers = { 'content-length': content.length - from, etag }
    const range = { 'content-range': `bytes ${from}-${content.length - 1}/${content.length}` }
    response.writeHead(from > 0 ? 206 : 200, from > 0 ? { ...headers, ...range } : headers)
    response.write(content.subarray(from, from + bytes), () => setTimeout(() => response.destroy(), 120))
  }
}

export function answers(status: number, headers: Record<string, string> = {}, body = ''): Behaviour {
  return (_, response) => {
    response.writeHead(status, headers).end(body)
  }
}

/** The first request meets the first behaviour and so on; the last one stays. */
export function inTurn(...behaviours: Behaviour[]): Behaviour {
  return (request, response, count) =>
    behaviours[Math.min(count, behaviours.length - 1)]?.(request, response, count)
}

function rangeOf(request: IncomingMessage): number | undefined {
  const range = /^bytes=(\d+)-$/.exec(request.headers.range ?? '')
  return range ? Number(range[1]) : undefined
}
