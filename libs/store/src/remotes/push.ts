import { join } from 'node:path'
import type { Artifact } from '../artifact/artifact'
import type { Provenance } from '../artifact/provenance'
import { eachOf } from './asking'
import { readRecord } from './pull'
import { faultOfFiles, recordText } from './record'
import { RemoteFault } from './remote'
import { type OpenRemote, trusted } from './remotes'
import { Untrusted } from './signing/signed-records'

/** What became of a push. */
export interface Pushed {
  /** `withheld`: it may not go there, for the reason. */
  state: 'sent' | 'there' | 'withheld'
  reason?: string
  /** Of the blobs that were sent. */
  bytes: number
}

/** How a push goes on. */
export interface PushOptions {
  /** What the remote has under the key is known to be of no use: all of it is sent again. */
  replace?: boolean | undefined
  signal?: AbortSignal | undefined
  /** Told of bytes that have gone. */
  onProgress?: ((bytes: number) => void) | undefined
}

/**
 * Sends an artifact: first the blobs that are not there, last the record. Who dies on the way leaves blobs that nobody
 * asks for. The artifact is held by the caller.
 *
 * @throws whatever error the remote gives when it is read or written; LocalFault for a spoilt file of the artifact
 */
export async function push(remote: OpenRemote, artifact: Artifact, o: PushOptions): Promise<Pushed> {
  const { manifest, provenance, directory, key } = artifact
  const files = [...manifest.files, ...provenance.records]
  const reason = whyNot(remote.scope, provenance) ?? faultOfFiles(files) ?? remote.whyUnsigned()
  if (reason !== undefined) return { state: 'withheld', reason, bytes: 0 }
  const standing = o.replace ? 'spoilt' : await stateOfRecord(remote, key)
  if (standing === 'good') return { state: 'there', bytes: 0 }
  // What is only not signed may have all its blobs.
  const replace = standing !== 'none'
  const { write } = remote
  let bytes = 0
  const onBytes = (piece: number) => {
    bytes += piece
    o.onProgress?.(bytes)
  }
  const paths = new Map(files.map(({ sha256, path }) => [sha256, path]))
  const blobs = files.filter(({ sha256, path }) => paths.get(sha256) === path)
  await eachOf(standing === 'spoilt' ? blobs : await write.missing(blobs), async (blob) => {
    o.signal?.throwIfAborted()
    const file = join(directory, paths.get(blob.sha256) ?? '')
    await write.putBlob(blob, file, { signal: o.signal, onBytes })
  })
  o.signal?.throwIfAborted()
  await write.writeRecord(key, recordText({ manifest, provenance }), { replace })
  return { state: 'sent', bytes }
}

/** What a scope has under a key: bytes that are not what they should be, a record that is not rightly signed, or nothing. */
type Standing = 'spoilt' | 'untrusted' | 'none'

/** Whether some scope that we read has the key: its record is looked at, not its blobs. */
async function stateOfRecord({ read, write }: OpenRemote, key: string): Promise<Standing | 'good'> {
  let state: Standing = 'none'
  for (const scope of read) {
    try {
      if (await readRecord(scope, key)) return 'good'
    } catch (error) {
      if (!(error instanceof RemoteFault)) throw error
      if (scope === write) state = error instanceof Untrusted ? 'untrusted' : 'spoilt'
    }
  }
  return state
}

/** Without its box a run may have read what no key names. */
function whyNot(scope: string, { box }: Provenance): string | undefined {
  if (scope !== trusted || !box?.enforced.startsWith('nothing')) return undefined
  return 'it was made without its box, and such results are not trusted'
}
