import { constants } from 'node:fs'
import { copyFile, mkdir, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { FileEntry } from '../artifact/manifest'
import { isFull, notWritable } from '../disk/access'
import { requireSpace } from '../downloads/free-space'
import { UnexpectedBytes } from '../sealing/expected'
import type { Store } from '../store'
import { answered, eachOf } from './asking'
import { fetchBlob } from './fetch-blob'
import { localCopies } from './local-copies'
import { parseRecord, type RemoteRecord } from './record'
import { type Remote, RemoteFault, type Transfer } from './remote'
import type { OpenRemote } from './remotes'
import { Untrusted } from './signing/signed-records'

/** A record that reads well, and the scope that it is in. */
export interface FoundRecord extends RemoteRecord {
  from: Remote
}

/** What became of a pull. */
export interface Pulled {
  /** Where the artifact came from that is now in the store; undefined where no scope has it whole. */
  from: string | undefined
  /** Why records that are there are not whole, each with where it is. */
  faults: string[]
  /** Why nobody whom we trust has signed others; what those name may be whole. */
  untrusted: string[]
}

/** How a pull goes on. */
export interface PullOptions {
  signal?: AbortSignal | undefined
  /** Told from which scope it will come, before anything of it is there. */
  onSource?: ((scope: Remote) => Promise<void>) | undefined
  /** Told of bytes that have come, and of how many come in all. */
  onProgress?: ((bytes: number, of: number) => void) | undefined
}

/**
 * Brings an artifact into the store, whole or not at all. The caller holds the key's lock. Nothing that the remote says
 * is believed: every byte is hashed before the artifact appears.
 *
 * @throws UserError where the store has no room for it; whatever error the remote gives when it is read
 */
export async function pull(store: Store, remote: OpenRemote, key: string, o: PullOptions): Promise<Pulled> {
  const faults: string[] = []
  const untrusted: string[] = []
  for (const scope of remote.read) {
    try {
      const record = await readRecord(scope, key)
      if (!record) continue
      await o.onSource?.(scope)
      await bring(store, scope, record, o)
      return { from: scope.name, faults, untrusted }
    } catch (error) {
      if (!(error instanceof RemoteFault)) throw error
      const kind = error instanceof Untrusted ? untrusted : faults
      kind.push(`${scope.name}: ${error.message}`)
    }
  }
  return { from: undefined, faults, untrusted }
}

/** What a remote says that it has under a key, for plans. What is of no use counts as absent. */
export async function findRecord({ read }: OpenRemote, key: string): Promise<FoundRecord | undefined> {
  for (const from of read) {
    const record = await readRecord(from, key).catch((error: unknown) => {
      if (error instanceof RemoteFault) return undefined
      throw error
    })
    if (record) return { ...record, from }
  }
  return undefined
}

/** @throws RemoteFault where there is something that is no record of this key */
export async function readRecord(scope: Remote, key: string): Promise<RemoteRecord | undefined> {
  try {
    const text = await answered(scope.readRecord(key))
    return text === undefined ? undefined : parseRecord(key, text)
  } catch (error) {
    if (error instanceof Untrusted) throw new Untrusted(`its record ${error.message}`, error.text)
    if (error instanceof RemoteFault) throw new RemoteFault(`its record ${error.message}`)
    throw error
  }
}

async function bring(store: Store, scope: Remote, record: RemoteRecord, o: PullOptions): Promise<void> {
  const entries = [...record.manifest.files, ...record.provenance.records]
  const here: Here = { copies: await localCopies(store.layout, entries), resumed: false }
  try {
    await bringWith(here, store, scope, record, o).catch((error: unknown) => {
      if (!(error instanceof UnexpectedBytes) || (here.copies.size === 0 && !here.resumed)) throw error
      // It may be what we had ourselves that a disk has spoilt.
      return bringWith({ copies: new Map(), resumed: false }, store, scope, record, o)
    })
  } catch (error) {
    if (error instanceof UnexpectedBytes) throw new RemoteFault(error.message)
    throw error
  }
}

/** What of an artifact this machine has already. */
interface Here {
  /** Files by their digests. */
  copies: ReadonlyMap<string, string>
  /** Whether some file went on where an earlier pull was cut. */
  resumed: boolean
}

async function bringWith(
  here: Here,
  store: Store,
  scope: Remote,
  { manifest, provenance }: RemoteRecord,
  { signal, onProgress }: PullOptions,
): Promise<void> {
  const { key, records } = provenance
  const entries = [...manifest.files, ...records]
  const staging = await store.stage(key)
  try {
    const total = entries.reduce((sum, { bytes }) => sum + bytes, 0)
    await requireSpace(staging, total, `run ${provenance.id} of ${scope.name}`)
    let come = 0
    const onBytes = (bytes: number) => {
      come += bytes
      onProgress?.(come, total)
    }
    await fill(store, staging, entries, here, scope, { signal, onBytes })
    const names = records.map(({ path }) => path)
    await store.seal(key, staging, provenance, names, entries)
  } catch (error) {
    throw isFull(error) ? notWritable(store.home, error) : error
  } finally {
    await rm(staging, { recursive: true, force: true }).catch(() => undefined)
  }
}

/** Puts all files into the staging folder; of equal ones the first comes, and the others are copies of it. */
async function fill(
  { layout }: Store,
  staging: string,
  entries: readonly FileEntry[],
  here: Here,
  scope: Remote,
  transfer: Transfer,
): Promise<void> {
  const first = new Map<string, FileEntry>()
  for (const entry of entries) if (!first.has(entry.sha256)) first.set(entry.sha256, entry)
  for (const folder of new Set(entries.map(({ path }) => dirname(path))))
    await mkdir(join(staging, folder), { recursive: true })
  await eachOf(first.values(), async (entry) => {
    const file = join(staging, entry.path)
    if (await copied(here.copies.get(entry.sha256), file)) return transfer.onBytes?.(entry.bytes)
    try {
      if (await fetchBlob(layout, scope, entry, file, transfer)) here.resumed = true
    } catch (error) {
      if (error instanceof RemoteFault) throw new RemoteFault(`${entry.path} ${error.message}`)
      throw error
    }
  })
  for (const { path, sha256, bytes } of entries) {
    const source = first.get(sha256)?.path ?? path
    if (source === path) continue
    await copyFile(join(staging, source), join(staging, path), constants.COPYFILE_FICLONE)
    transfer.onBytes?.(bytes)
  }
}

/** Copies what this store has already. It may be gone by now, or belong to somebody else. */
async function copied(from: string | undefined, to: string): Promise<boolean> {
  if (from === undefined) return false
  return copyFile(from, to, constants.COPYFILE_FICLONE).then(
    () => true,
    () => rm(to, { force: true }).then(() => false),
  )
}
