import { timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'

/** Why a request is not answered. All of them get the same empty answer: who may not come in learns nothing. */
export type Refusal = 'host' | 'origin' | 'token' | 'method'

/** A request that may be answered: its path below the token, and its parameters. */
export interface Admitted {
  path: string
  parameters: URLSearchParams
}

/**
 * Lets in who knows the token and asks for this very address. The Host header keeps out pages that point a name of
 * their own at 127.0.0.1; the Origin header keeps out scripts of other pages.
 */
export function admit(request: IncomingMessage, port: number, token: string): Admitted | Refusal {
  const hosts = [`127.0.0.1:${port}`, `localhost:${port}`]
  if (!hosts.includes(request.headers.host ?? '')) return 'host'
  const { origin } = request.headers
  if (origin !== undefined && !hosts.some((host) => origin === `http://${host}`)) return 'origin'
  // The path is taken as it was sent: nothing is decoded and no `..` resolved, so no spelling means something else.
  const [path = '', ...query] = (request.url ?? '').split('?')
  const [first, given = '', ...rest] = path.split('/')
  // Without the slash behind the token the page's own requests would go astray.
  if (first !== '' || rest.length === 0) return 'token'
  if (!equal(given, token)) return 'token'
  if (request.method !== 'GET' && request.method !== 'HEAD') return 'method'
  return { path: rest.join('/'), parameters: new URLSearchParams(query.join('?')) }
}

function equal(given: string, token: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(token)]
  return a.length === b.length && timingSafeEqual(a, b)
}
