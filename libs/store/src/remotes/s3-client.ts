import type { S3Client } from '@aws-sdk/client-s3'
import { Unusable } from './remote'
import type { Deed } from './statuses'
import { refusal } from './statuses'
import { type Patience, type WebClient, webClient } from './web-client'

export type Sdk = typeof import('@aws-sdk/client-s3')

/** Amazon's library and a client that is set up as its own command-line tool is: by variables, profiles, roles. */
export interface S3 {
  sdk: Sdk
  client: S3Client
}

/** Loads the library, which only those pay who share through a bucket. */
export async function openS3(patience: Patience, env: NodeJS.ProcessEnv = process.env): Promise<S3> {
  const sdk = quietly(() => require('@aws-sdk/client-s3') as Sdk, env)
  const base = {
    requestHandler: handlerOf(webClient(patience, env)),
    // One set of rules for all remotes: ours.
    maxAttempts: 1,
    // Amazon alone knows its newer checksums; the digest of what is sent is signed in any case.
    requestChecksumCalculation: 'WHEN_REQUIRED' as const,
    responseChecksumValidation: 'WHEN_REQUIRED' as const,
    followRegionRedirects: true,
    // undici knows none.
    expectContinueHeader: false,
  }
  const { config } = quietly(() => new sdk.S3Client(base), env)
  const named = env.AWS_REGION || env.AWS_DEFAULT_REGION
  const region = named || (await config.region().catch(() => 'us-east-1'))
  // Names of buckets are no names of hosts but at Amazon.
  const forcePathStyle = (await config.serviceConfiguredEndpoint?.()) !== undefined
  return { sdk, client: new sdk.S3Client({ ...base, region, forcePathStyle }) }
}

/** What the library's errors mean, as an end of a sentence; what is no fault of a remote stays what it is. */
export function inWordsOfS3(error: unknown, deed: Deed): unknown {
  if (!(error instanceof Error) || error instanceof Unusable) return error
  const { $metadata, $response } = error as Partial<ServiceError>
  if (/^(CredentialsProvider|TokenProvider|ExpiredToken)/.test(error.name) && !$metadata?.httpStatusCode)
    return new Unusable(`cannot be asked: no credentials for it are found (${firstLine(error.message)})`)
  const statusCode = $metadata?.httpStatusCode
  if (statusCode === undefined) return error
  if (error.name === 'NoSuchBucket') return new Unusable('has no such bucket')
  const detail = error.name === 'Unknown' || error.name === `${statusCode}` ? undefined : error.name
  return refusal({ statusCode, headers: $response?.headers ?? {} }, deed, detail)
}

interface ServiceError {
  $metadata: { httpStatusCode?: number }
  $response: { headers: Record<string, string> }
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? ''
}

const versionWarning = 'AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'

/** The version that is pinned runs on our Node; what later ones will need is no news for people. */
function quietly<T>(work: () => T, env: NodeJS.ProcessEnv): T {
  const before = env[versionWarning]
  env[versionWarning] = 'true'
  try {
    return work()
  } finally {
    if (before === undefined) delete env[versionWarning]
    else env[versionWarning] = before
  }
}

/** How the library hands over a request; its types are in a package of its own. */
interface HandedOver {
  method: string
  protocol: string
  hostname: string
  port?: number | undefined
  path: string
  query?: Record<string, string | string[] | null> | undefined
  headers: Record<string, string>
  body?: unknown
}

/** Lets the library ask through our client: with our time-outs, and through proxies. */
function handlerOf(ask: WebClient) {
  return {
    metadata: { handlerProtocol: 'http/1.1' },
    async handle(request: HandedOver, { abortSignal }: { abortSignal?: unknown } = {}) {
      const { method, body } = request
      // undici says itself which host that is.
      const { host: _, ...headers } = request.headers
      const response = await ask({
        method,
        url: urlOf(request),
        headers,
        body: typeof body === 'string' ? Buffer.from(body) : (body as Uint8Array | undefined),
        signal: abortSignal instanceof AbortSignal ? abortSignal : undefined,
      })
      const { statusCode } = response
      return { response: { statusCode, headers: flat(response.headers), body: response.body } }
    },
    destroy: () => undefined,
    updateHttpClientConfig: () => undefined,
    httpHandlerConfigs: () => ({}),
  }
}

function urlOf({ protocol, hostname, port, path, query = {} }: HandedOver): string {
  const escaped = (text: string) =>
    encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)
  const pairs = Object.entries(query).flatMap(([name, values]) =>
    [values].flat().map((value) => (value === null ? escaped(name) : `${escaped(name)}=${escaped(value)}`)),
  )
  const search = pairs.length > 0 ? `?${pairs.join('&')}` : ''
  return `${protocol}//${hostname}${port === undefined ? '' : `:${port}`}${path}${search}`
}

function flat(headers: Record<string, string | string[] | undefined>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]])),
  )
}
