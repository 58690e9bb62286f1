import { canonicalJson, type Json } from '@blacksmith/config'
import { type Remote, RemoteFault } from '../remote'
import { isSigned, type Signer } from './keys'

/** Who may say what is true in a scope. */
export interface Trust {
  /** Public keys; none: signatures are not asked for. */
  trustedKeys: readonly string[]
  /** Signs what is written, where there is one. */
  signer: () => Signer | undefined
}

/** A record that may be a good one, and that nobody whom we trust has signed. */
export class Untrusted extends RemoteFault {
  constructor(
    reason: string,
    /** For who must not take away what it names. */
    readonly text: string,
  ) {
    super(reason)
  }
}

interface Signature {
  /** The public key of who signed. */
  by: string
  value: string
}

/**
 * A scope whose records are signed as they are written, and held to their signatures as they are read. A signature
 * covers all of a record with its key and scope: none of it can be swapped, and none can be shown as another's. Blobs
 * need none, since the record names their digests.
 */
export function signedRecords(remote: Remote, scope: string, trust: Trust): Remote {
  return {
    name: remote.name,
    readRecord: async (key) => {
      const text = await remote.readRecord(key)
      if (text !== undefined && trust.trustedKeys.length > 0)
        requireSigned(text, scope, key, trust.trustedKeys)
      return text
    },
    writeRecord: async (key, text, o) => {
      const signer = trust.signer()
      return remote.writeRecord(key, signer ? signed(text, scope, key, signer) : text, o)
    },
    missing: (blobs) => remote.missing(blobs),
    getBlob: (blob, take, o) => remote.getBlob(blob, take, o),
    putBlob: (blob, file, o) => remote.putBlob(blob, file, o),
    records: () => remote.records(),
    blobs: () => remote.blobs(),
    removeRecord: (key) => remote.removeRecord(key),
    removeBlob: (sha256) => remote.removeBlob(sha256),
  }
}

function signed(text: string, scope: string, key: string, signer: Signer): string {
  const record = JSON.parse(text) as Record<string, Json>
  const bytes = bytesOf(canonicalJson(record), scope, key)
  return canonicalJson({ ...record, signature: { by: signer.publicKey, value: signer.sign(bytes) } })
}

/** @throws Untrusted */
function requireSigned(text: string, scope: string, key: string, trustedKeys: readonly string[]): void {
  const { record, signature } = partsOf(text)
  if (!isSignature(signature)) throw new Untrusted('is not signed', text)
  const by = trustedKeys.find((each) => each === signature.by)
  if (by === undefined) throw new Untrusted('is signed by nobody who is trusted', text)
  if (!isSigned(bytesOf(record, scope, key), signature.value, by))
    throw new Untrusted('has a signature of other bytes', text)
}

/** The first line keeps a signature from being taken for one of anything else. */
function bytesOf(record: string, scope: string, key: string): Uint8Array {
  return Buffer.from(`blacksmith record\n${scope}\n${key}\n${record}`)
}

/** What is no record, or is nested without end, is not signed either. */
function partsOf(text: string): { record: string; signature?: unknown } {
  try {
    const { signature, ...record } = JSON.parse(text) as Record<string, Json>
    return { record: canonicalJson(record), signature }
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError || error instanceof RangeError)
      return { record: '' }
    throw error
  }
}

function isSignature(value: unknown): value is Signature {
  const { by, value: bytes } = Object(value) as { by?: unknown; value?: unknown }
  return typeof by === 'string' && typeof bytes === 'string'
}
