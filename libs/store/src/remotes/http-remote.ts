import { lacking } from './asking'
import { Budget } from './budget'
import { piecesOf } from './file-pieces'
import { credentialsFor } from './http-credentials'
import { blobName, recordName } from './object-names'
import { type Given, type Range, readInRanges } from './ranges'
import { readText } from './read-text'
import { mostRecordBytes } from './record'
import { type Remote, RemoteFault, type Transfer, Unlistable } from './remote'
import { withRetries } from './retries'
import { refusal } from './statuses'
import {
  type Patience,
  usualPatience,
  type WebClient,
  type WebRequest,
  type WebResponse,
  webClient,
} from './web-client'

const inMemory = 16 << 20
const sentWhole = 256 << 10

/**
 * A server of plain objects (GET, HEAD, PUT, ranges) as a remote, such as nginx with WebDAV: `<address>/<scope>/…`, as in
 * a folder. It is taken at its word that a file which did not come whole does not stand there; readers find out anyway.
 */
export function httpRemotes(address: string, patience: Patience = usualPatience): (scope: string) => Remote {
  let client: WebClient | undefined
  const ask: WebClient = async ({ headers, ...request }) => {
    client ??= webClient(patience)
    const own = { 'user-agent': 'blacksmith', 'accept-encoding': 'identity', ...credentialsFor(address) }
    return client({ ...request, headers: { ...own, ...headers } })
  }
  const budget = new Budget(inMemory)
  return (scope) => httpRemote(address, scope, { ask, budget, patience })
}

/** What the scopes of a server share. */
interface Shared {
  ask: WebClient
  budget: Budget
  patience: Patience
}

function httpRemote(address: string, scope: string, { ask, budget, patience }: Shared): Remote {
  const root = `${address}/${scope}`
  const read = async (
    request: Omit<WebRequest, 'method'>,
    method = 'GET',
  ): Promise<WebResponse | undefined> => {
    const response = await ask({ ...request, method })
    if (response.statusCode === 200 || response.statusCode === 206) return response
    await response.body.dump()
    if (response.statusCode === 404 || response.statusCode === 410) return undefined
    throw refusal(response, 'read')
  }
  const put = async (
    name: string,
    headers: Record<string, string>,
    o: Pick<WebRequest, 'body' | 'signal'>,
  ) => {
    const response = await ask({ method: 'PUT', url: `${root}/${name}`, headers, ...o })
    await response.body.dump()
    return response
  }
  const lengthOf = (name: string): Promise<number | undefined> =>
    withRetries(async () => {
      const response = await read({ url: `${root}/${name}`, headers: {} }, 'HEAD')
      await response?.body.dump()
      return response && (lengthIn(response) ?? 0)
    })
  const remove = (name: string) =>
    withRetries(async () => {
      const response = await ask({ method: 'DELETE', url: `${root}/${name}`, headers: {} })
      await response.body.dump()
      if (response.statusCode >= 300 && response.statusCode !== 404) throw refusal(response, 'remove')
    })
  return {
    name: scope === 'trusted' ? address : root,
    readRecord: (key) =>
      withRetries(async () => {
        const response = await read({ url: `${root}/${recordName(key)}`, headers: {} })
        return response && textOf(response, patience)
      }),
    async writeRecord(key, text, { replace }) {
      const body = Buffer.from(text)
      // Not every server knows conditions: whoever was there long before is seen in any case.
      if (!replace && (await lengthOf(recordName(key))) !== undefined) return
      const condition: Record<string, string> = replace ? {} : { 'if-none-match': '*' }
      await withRetries(async () => {
        const headers = {
          'content-length': `${body.length}`,
          'content-type': 'application/json',
          ...condition,
        }
        const response = await put(recordName(key), headers, { body })
        if (response.statusCode >= 300 && response.statusCode !== 412) throw refusal(response, 'write')
      })
    },
    missing: (blobs) =>
      lacking(blobs, async ({ sha256, bytes }) => (await lengthOf(blobName(sha256))) === bytes),
    getBlob: (blob, take, reading) =>
      readInRanges(
        async (range, signal) => {
          const headers = range ? { range: `bytes=${range.from}-${range.to - 1}` } : {}
          const response = await read({ url: `${root}/${blobName(blob.sha256)}`, headers, signal })
          if (!response) throw new RemoteFault('is missing')
          return givenBy(response, range)
        },
        blob,
        take,
        { ...reading, budget, patience },
      ),
    putBlob: (blob, file, transfer) =>
      withRetries(
        async () => {
          const giveBack = await budget.take(Math.min(blob.bytes, 2 * sentWhole))
          const counted = count(transfer)
          try {
            const headers = { 'content-length': `${blob.bytes}` }
            const body = counted.pieces(piecesOf(file, blob, sentWhole))
            const { signal } = transfer
            const response = await put(blobName(blob.sha256), headers, { body, signal })
            if (response.statusCode >= 300) throw refusal(response, 'write')
          } catch (error) {
            counted.takeBack()
            throw error
          } finally {
            giveBack()
          }
        },
        { signal: transfer.signal },
      ),
    records: () => listsNothing(),
    blobs: () => listsNothing(),
    removeRecord: (key) => remove(recordName(key)),
    removeBlob: (sha256) => remove(blobName(sha256)),
  }
}

// biome-ignore lint/correctness/useYield: what would be listed cannot be.
async function* listsNothing(): AsyncIterable<never> {
  throw new Unlistable('is a plain server that cannot say what it holds')
}

async function textOf(response: WebResponse, patience: Patience): Promise<string> {
  if ((lengthIn(response) ?? 0) > mostRecordBytes) {
    response.body.destroy()
    throw new RemoteFault('is too long')
  }
  return readText(response.body, patience)
}

function givenBy({ statusCode, headers, body }: WebResponse, range: Range | undefined): Given {
  if (statusCode === 200 || range === undefined)
    return { from: undefined, total: lengthIn({ headers }), body }
  const [, from, total] = /^bytes (\d+)-\d+\/(\d+)$/.exec(String(headers['content-range'])) ?? []
  return { from: Number(from), total: total === undefined ? undefined : Number(total), body }
}

function lengthIn({ headers }: Pick<WebResponse, 'headers'>): number | undefined {
  const length = headers['content-length']
  return length === undefined ? undefined : Number(length)
}

/** Tells of pieces as they go. */
function count({ onBytes }: Transfer) {
  let gone = 0
  return {
    async *pieces(from: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
      for await (const piece of from) {
        yield piece
        gone += piece.length
        onBytes?.(piece.length)
      }
    },
    /** All has to go once more. */
    takeBack: () => onBytes?.(-gone),
  }
}
