import type { Dispatcher } from 'undici'

/** How long to wait for each step of a request, in milliseconds. */
export interface HttpTimeouts {
  connect: number
  /** Until the first line of the response. */
  response: number
  /** Between two pieces of its body. */
  stall: number
}

/** What came back, its body unread. */
export type HttpResponse = Pick<Dispatcher.ResponseData, 'statusCode' | 'headers' | 'body'>

/** Makes requests through the proxies that the environment names, and follows redirects. */
export interface Client {
  get(url: string, headers: Record<string, string>, signal: AbortSignal): Promise<HttpResponse>
  close(): Promise<void>
}

const mostRedirects = 10

/** A client; close it, or its connections keep the process alive. */
export function httpClient(timeouts: HttpTimeouts, env: NodeJS.ProcessEnv): Client {
  // undici takes 50 ms to load, which only those pay who download.
  const { EnvHttpProxyAgent, interceptors, request } = require('undici') as typeof import('undici')
  const agent = new EnvHttpProxyAgent({
    connect: { timeout: timeouts.connect },
    headersTimeout: timeouts.response,
    bodyTimeout: timeouts.stall,
    // Ordinary proxies let only https through a tunnel.
    proxyTunnel: false,
    // An empty text keeps undici from looking into this process's own environment.
    httpProxy: env.http_proxy ?? env.HTTP_PROXY ?? '',
    httpsProxy: env.https_proxy ?? env.HTTPS_PROXY ?? '',
    noProxy: env.no_proxy ?? env.NO_PROXY ?? '',
  })
  const dispatcher = agent.compose(interceptors.redirect({ maxRedirections: mostRedirects }))
  return {
    get: (url, headers, signal) => request(url, { dispatcher, headers, signal, method: 'GET' }),
    close: () => agent.destroy(),
  }
}
