import { createHash } from 'node:crypto'
import { runId } from '../key/key'
import { readRecord } from './pull'
import { type Blob, type Remote, RemoteFault } from './remote'

/** What a verification of a remote has found. */
export interface RemoteVerification {
  /** How many records have all their blobs, with the right bytes. */
  intact: number
  /** Records that are of no use. */
  broken: { key: string; id: string; reason: string }[]
  /** Digests of blobs that had other bytes. */
  spoilt: string[]
}

/**
 * Reads every byte of one scope of a remote. What is spoilt is taken away, and so is a record without its blobs: whoever
 * has the artifact can then send it again.
 *
 * @param o.onProgress told of how many blobs were read
 */
export async function verifyRemote(
  scope: Remote,
  o: { onProgress?: (blobs: number) => void } = {},
): Promise<RemoteVerification> {
  // Listed before the blobs: those of a record that comes meanwhile may not be seen.
  const keys: string[] = []
  for await (const { key } of scope.records()) keys.push(key)
  const good = new Map<string, number>()
  const spoilt: string[] = []
  for await (const blob of scope.blobs()) {
    if (await isWhole(scope, blob)) good.set(blob.sha256, blob.bytes)
    else {
      spoilt.push(blob.sha256)
      await scope.removeBlob(blob.sha256)
    }
    o.onProgress?.(good.size + spoilt.length)
  }
  const result: RemoteVerification = { intact: 0, broken: [], spoilt }
  for (const key of keys.sort()) {
    const reason = await faultOfRecord(scope, key, good)
    if (reason === undefined) result.intact++
    else {
      result.broken.push({ key, id: runId(key), reason })
      await scope.removeRecord(key)
    }
  }
  return result
}

async function isWhole(scope: Remote, blob: Blob): Promise<boolean> {
  const hash = createHash('sha256')
  try {
    await scope.getBlob(blob, async (piece) => void hash.update(piece), {})
  } catch (error) {
    if (error instanceof RemoteFault) return false
    throw error
  }
  return hash.digest('hex') === blob.sha256
}

async function faultOfRecord(
  scope: Remote,
  key: string,
  good: ReadonlyMap<string, number>,
): Promise<string | undefined> {
  try {
    const record = await readRecord(scope, key)
    const files = record ? [...record.manifest.files, ...record.provenance.records] : []
    const lost = files.find(({ sha256, bytes }) => good.get(sha256) !== bytes)
    return lost && `${lost.path} is missing, or had other bytes`
  } catch (error) {
    if (error instanceof RemoteFault) return error.message
    throw error
  }
}
