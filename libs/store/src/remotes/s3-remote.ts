import { lacking } from './asking'
import { Budget } from './budget'
import { piecesOf } from './file-pieces'
import { blobName, blobsPrefix, recordName, recordsPrefix } from './object-names'
import { type Given, readInRanges } from './ranges'
import { readText } from './read-text'
import { type Blob, type Remote, RemoteFault } from './remote'
import { Passing, withRetries } from './retries'
import { inWordsOfS3, openS3, type S3 } from './s3-client'
import { listObjects, lookedUp } from './s3-listing'
import { abortAbandoned, partBytes, putInParts } from './s3-parts'
import type { Place } from './s3-place'
import { type Patience, usualPatience } from './web-client'

const inMemory = 16 << 20

/** A bucket of S3, or of a server that speaks as S3 does, as a remote: `<prefix>/<scope>/…`, as in a folder. */
export function s3Remotes(address: string, patience: Patience = usualPatience): (scope: string) => Remote {
  let opened: Promise<S3> | undefined
  const open = () => {
    opened ??= openS3(patience)
    return opened
  }
  const budget = new Budget(inMemory)
  return (scope) => s3Remote(address, scope, { open, budget, patience })
}

/** What the scopes of a bucket share. */
interface Shared {
  open: () => Promise<S3>
  budget: Budget
  patience: Patience
}

function s3Remote(address: string, scope: string, { open, budget, patience }: Shared): Remote {
  const [, bucket = '', folder = ''] = /^s3:\/\/([^/]+)\/?(.*)$/i.exec(address) ?? []
  const prefix = `${folder}${folder && '/'}${scope}/`
  const ask: Place['ask'] = (deed, question, o) =>
    withRetries(async () => {
      try {
        return await question(await open())
      } catch (error) {
        if (o?.signal?.aborted) throw error
        throw inWordsOfS3(error, deed)
      }
    }, o)
  const place: Place = { bucket, prefix, ask }
  const object = (name: string) => ({ Bucket: bucket, Key: `${prefix}${name}` })
  /** Undefined where there is no such object. */
  const lengthOf = (name: string): Promise<number | undefined> =>
    ask('read', ({ sdk, client }) =>
      client
        .send(new sdk.HeadObjectCommand(object(name)))
        .then(({ ContentLength = 0 }) => ContentLength, orAbsent),
    )
  const isThere = async ({ sha256, bytes }: Blob) => (await lengthOf(blobName(sha256))) === bytes
  const remove = (name: string) =>
    ask('remove', async ({ sdk, client }) => {
      await client.send(new sdk.DeleteObjectCommand(object(name))).catch(orAbsent)
    })
  return {
    name: scope === 'trusted' ? address : `${address}/${scope}`,
    readRecord: (key) =>
      ask('read', async ({ sdk, client }) => {
        const got = await client.send(new sdk.GetObjectCommand(object(recordName(key)))).catch(orAbsent)
        return got && readText(got.Body as Given['body'], patience)
      }),
    async writeRecord(key, text, { replace }) {
      // Not every server knows conditions: whoever was there long before is seen in any case.
      if (!replace && (await lengthOf(recordName(key))) !== undefined) return
      const put = { ...object(recordName(key)), Body: text, ContentType: 'application/json' }
      await ask('write', async ({ sdk, client }) => {
        const once = new sdk.PutObjectCommand({ ...put, IfNoneMatch: '*' })
        const unconditional = () => client.send(new sdk.PutObjectCommand(put))
        await (replace ? unconditional() : client.send(once).catch((error) => orFirst(error, unconditional)))
      })
    },
    async missing(blobs) {
      const { undecided, absent } = await lookedUp(place, blobs)
      return [...absent, ...(await lacking(undecided, isThere))]
    },
    getBlob: (blob, take, reading) =>
      readInRanges(
        async (range, abortSignal) => {
          const input = object(blobName(blob.sha256))
          const part = range && { Range: `bytes=${range.from}-${range.to - 1}` }
          try {
            const { sdk, client } = await open()
            const got = await client.send(new sdk.GetObjectCommand({ ...input, ...part }), { abortSignal })
            const [, from, total] = /^bytes (\d+)-\d+\/(\d+)$/.exec(got.ContentRange ?? '') ?? []
            return {
              from: from === undefined ? undefined : Number(from),
              total: total === undefined ? got.ContentLength : Number(total),
              body: got.Body as Given['body'],
            }
          } catch (error) {
            if (statusOf(error) === 404 || statusOf(error) === 416) throw new RemoteFault('is missing')
            throw inWordsOfS3(error, 'read')
          }
        },
        blob,
        take,
        { ...reading, budget, patience },
      ),
    async putBlob(blob, file, transfer) {
      if (blob.bytes > partBytes(blob.bytes))
        return putInParts(place, blob, file, { ...transfer, budget, isThere: () => isThere(blob) })
      const giveBack = await budget.take(blob.bytes)
      try {
        for await (const Body of piecesOf(file, blob, partBytes(blob.bytes))) {
          const { signal } = transfer
          await ask(
            'write',
            ({ sdk, client }) =>
              client.send(new sdk.PutObjectCommand({ ...object(blobName(blob.sha256)), Body }), {
                ...(signal ? { abortSignal: signal } : {}),
              }),
            transfer,
          )
        }
        transfer.onBytes?.(blob.bytes)
      } finally {
        giveBack()
      }
    },
    async *records() {
      for await (const { digest, written } of listObjects(place, recordsPrefix))
        yield { key: digest, written }
    },
    async *blobs() {
      await abortAbandoned(place)
      for await (const { digest, ...about } of listObjects(place, blobsPrefix))
        yield { sha256: digest, ...about }
    },
    removeRecord: (key) => remove(recordName(key)),
    removeBlob: (sha256) => remove(blobName(sha256)),
  }
}

function statusOf(error: unknown): number | undefined {
  return (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode
}

/** @throws any error but that of an object that is not there */
function orAbsent(error: Error): undefined {
  if (statusOf(error) !== 404 || error.name === 'NoSuchBucket') throw error
}

/** Of two who write at once the first has its way; a server without conditions gets none. */
function orFirst(error: Error, unconditional: () => Promise<unknown>): unknown {
  const status = statusOf(error)
  if (status === 412) return undefined
  if (status === 409) throw new Passing('is being written by another')
  if (status === 501) return unconditional()
  throw error
}
