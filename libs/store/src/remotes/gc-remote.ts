import { isOlder } from './age'
import { readRecord } from './pull'
import { parseRecord, type RemoteRecord } from './record'
import { type Remote, RemoteFault } from './remote'
import { Untrusted } from './signing/signed-records'

/** How much a remote is to keep. */
export interface RemotePolicy {
  /** Days since a record was written. */
  keepDays: number
  dryRun?: boolean | undefined
}

/** What went, or would go. */
export interface RemoteCollection {
  records: number
  blobs: number
  bytes: number
}

/**
 * Takes old records out of one scope of a remote, and then blobs that no record names: those of somebody who is sending
 * at this moment are younger than a day, and stay.
 */
export async function collectRemote(
  scope: Remote,
  { keepDays, dryRun = false }: RemotePolicy,
): Promise<RemoteCollection> {
  const result: RemoteCollection = { records: 0, blobs: 0, bytes: 0 }
  const now = Date.now()
  // Listed before the records: a record that comes meanwhile may name blobs that were there.
  const blobs = []
  for await (const blob of scope.blobs()) blobs.push(blob)
  const named = new Set<string>()
  for await (const { key, written } of scope.records()) {
    if (isOlder(written, keepDays, now)) {
      result.records++
      if (!dryRun) await scope.removeRecord(key)
    } else for (const sha256 of await digestsIn(scope, key)) named.add(sha256)
  }
  for (const { sha256, bytes, written } of blobs) {
    if (named.has(sha256) || !isOlder(written, 1, now)) continue
    result.blobs++
    result.bytes += bytes
    if (!dryRun) await scope.removeBlob(sha256)
  }
  return result
}

/** What is no record names nothing. One that is not rightly signed may be another reader's. */
async function digestsIn(scope: Remote, key: string): Promise<string[]> {
  try {
    return filesOf(await readRecord(scope, key))
  } catch (error) {
    if (!(error instanceof RemoteFault)) throw error
    return error instanceof Untrusted ? digestsOfUntrusted(key, error.text) : []
  }
}

function digestsOfUntrusted(key: string, text: string): string[] {
  try {
    return filesOf(parseRecord(key, text))
  } catch (error) {
    if (error instanceof RemoteFault) return []
    throw error
  }
}

function filesOf(record: RemoteRecord | undefined): string[] {
  const files = record ? [...record.manifest.files, ...record.provenance.records] : []
  return files.map(({ sha256 }) => sha256)
}
