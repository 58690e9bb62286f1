import { createHash } from 'node:crypto'
import type { CompletedPart, Part } from '@aws-sdk/client-s3'
import type { Budget } from './budget'
import { piecesOf } from './file-pieces'
import { blobName, blobsPrefix } from './object-names'
import { type Blob, type Transfer, Unusable } from './remote'
import type { Place } from './s3-place'

const leastPartBytes = 5 << 20
const mostParts = 10_000
/** Nobody sends one file for so long. */
const abandonedMs = 24 * 3600 * 1000

/** What goes in one piece: the same each time, so that another process can go on. */
export function partBytes(bytes: number): number {
  const mebibytes = Math.ceil(bytes / mostParts / (1 << 20))
  return Math.max(leastPartBytes, mebibytes << 20)
}

/**
 * Sends a file in parts, several at once. What an earlier process has sent of it stays where it is, as long as its bytes
 * are the right ones.
 *
 * @param o.isThere whether the blob is there whole: somebody else may have been quicker
 */
export async function putInParts(
  place: Place,
  blob: Blob,
  file: string,
  o: Transfer & { budget: Budget; isThere: () => Promise<boolean> },
): Promise<void> {
  const Key = `${place.prefix}${blobName(blob.sha256)}`
  const object = { Bucket: place.bucket, Key }
  const known = await uploadOf(place, Key)
  try {
    const upload = { ...object, UploadId: known ?? (await begin(place, object)) }
    await send(place, upload, blob, file, { ...o, there: known ? await partsOf(place, upload) : new Map() })
  } catch (error) {
    if (!(error instanceof Unusable) || !error.message.includes('NoSuchUpload')) throw error
    // Another process, which sent the same, has ended it; or somebody has cleared it away.
    if (await o.isThere()) return
    const upload = { ...object, UploadId: await begin(place, object) }
    await send(place, upload, blob, file, { ...o, there: new Map() })
  }
}

/** Forgets what was left of uploads whose senders were killed. Servers that cannot tell of them are left alone. */
export async function abortAbandoned({ bucket, prefix, ask }: Place): Promise<void> {
  const within = { Bucket: bucket, Prefix: `${prefix}${blobsPrefix}` }
  try {
    const { Uploads = [] } = await ask('read', ({ sdk, client }) =>
      client.send(new sdk.ListMultipartUploadsCommand(within)),
    )
    for (const { Key, UploadId, Initiated } of Uploads) {
      if ((Initiated?.getTime() ?? Date.now()) > Date.now() - abandonedMs) continue
      await ask('remove', ({ sdk, client }) =>
        client.send(new sdk.AbortMultipartUploadCommand({ Bucket: bucket, Key, UploadId })),
      )
    }
  } catch (error) {
    if (!(error instanceof Unusable)) throw error
  }
}

interface Upload {
  Bucket: string
  Key: string
  UploadId: string | undefined
}

async function begin({ ask }: Place, object: Omit<Upload, 'UploadId'>): Promise<string | undefined> {
  const begun = await ask('write', ({ sdk, client }) =>
    client.send(new sdk.CreateMultipartUploadCommand(object)),
  )
  return begun.UploadId
}

/** What was begun last and not ended. Who may not look for it begins anew. */
async function uploadOf({ bucket, ask }: Place, key: string): Promise<string | undefined> {
  try {
    const { Uploads = [] } = await ask('read', ({ sdk, client }) =>
      client.send(new sdk.ListMultipartUploadsCommand({ Bucket: bucket, Prefix: key })),
    )
    return Uploads.filter(({ Key }) => Key === key).at(-1)?.UploadId
  } catch (error) {
    if (error instanceof Unusable) return undefined
    throw error
  }
}

async function send(
  place: Place,
  upload: Upload,
  blob: Blob,
  file: string,
  { there, budget, signal, onBytes }: Transfer & { there: ReadonlyMap<number, Part>; budget: Budget },
): Promise<void> {
  const parts: CompletedPart[] = []
  const stop = new AbortController()
  const abort = () => stop.abort(signal?.reason)
  signal?.addEventListener('abort', abort)
  const sending = new Set<Promise<void>>()
  let failure: { error: unknown } | undefined
  const put = async (Body: Uint8Array, PartNumber: number) => {
    const sent = await place.ask(
      'write',
      ({ sdk, client }) =>
        client.send(new sdk.UploadPartCommand({ ...upload, PartNumber, Body }), { abortSignal: stop.signal }),
      { signal: stop.signal },
    )
    onBytes?.(Body.length)
    parts.push({ PartNumber, ETag: sent.ETag })
  }
  const size = partBytes(blob.bytes)
  try {
    let lent: Uint8Array = new Uint8Array()
    const pieces = piecesOf(file, blob, size, (bytes) => lent.subarray(0, bytes))
    for (let number = 1; ; number++) {
      signal?.throwIfAborted()
      const { buffer, giveBack } = await budget.lend(size, size)
      lent = buffer
      const { value: piece, done } = failure ? { value: undefined, done: true } : await pieces.next()
      if (done || !piece) {
        giveBack()
        break
      }
      const known = there.get(number)
      if (known && isSame(known, piece)) {
        parts.push({ PartNumber: number, ETag: known.ETag })
        giveBack()
        continue
      }
      const sent: Promise<void> = put(piece, number)
        .catch((error: unknown) => {
          failure ??= { error }
          stop.abort(error)
        })
        .finally(() => {
          giveBack()
          sending.delete(sent)
        })
      sending.add(sent)
    }
  } catch (error) {
    failure ??= { error }
    stop.abort(error)
  } finally {
    await Promise.all(sending)
    signal?.removeEventListener('abort', abort)
  }
  if (failure) throw failure.error
  const Parts = parts.sort((a, b) => (a.PartNumber ?? 0) - (b.PartNumber ?? 0))
  await place.ask('write', ({ sdk, client }) =>
    client.send(new sdk.CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts } })),
  )
}

async function partsOf({ ask }: Place, upload: Upload): Promise<Map<number, Part>> {
  const found = new Map<number, Part>()
  for (let marker: string | undefined, more = true; more; ) {
    const input = { ...upload, ...(marker === undefined ? {} : { PartNumberMarker: marker }) }
    const page = await ask('read', ({ sdk, client }) => client.send(new sdk.ListPartsCommand(input)))
    for (const part of page.Parts ?? []) if (part.PartNumber !== undefined) found.set(part.PartNumber, part)
    marker = page.NextPartNumberMarker
    more = page.IsTruncated === true && marker !== undefined
  }
  return found
}

/** By MD5, which servers name a part by; what is encrypted there has another name, and is sent again. */
function isSame({ Size, ETag }: Part, piece: Uint8Array): boolean {
  if (Size !== piece.length) return false
  return ETag?.replaceAll('"', '') === createHash('md5').update(piece).digest('hex')
}
