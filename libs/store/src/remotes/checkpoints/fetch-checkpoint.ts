import { rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { canonicalJson, type Json } from '@blacksmith/config'
import { hashFile } from '@blacksmith/config/header'
import { accessOf, ensureFolder } from '../../disk/access'
import { requireSpace } from '../../downloads/free-space'
import type { Store } from '../../store'
import { fetchBlob } from '../fetch-blob'
import { type Remote, RemoteFault } from '../remote'
import type { OpenRemote } from '../remotes'
import type { SharedCheckpoint } from './checkpoint-record'
import { type CheckpointScope, readCheckpointRecord, readCheckpoints } from './checkpoint-scope'

/** Which checkpoint is wanted, and where to put it. */
export interface Wanted {
  key: string
  /** Only one of a later step is of use. */
  after: number
  /** Only one of this kind of processor is; undefined: of any. */
  processor: Json | undefined
  /** Where its folder is to stand. */
  placeOf(step: number): string
  /** Told from which scope it will come, before it is there. */
  onSource(scope: Remote): Promise<void>
  signal?: AbortSignal | undefined
}

/** What became of it. */
export interface Brought {
  /** Undefined where there is none that is of use. */
  found: { step: number; from: string } | undefined
  /** Why others are not used, each with where it is. */
  faults: string[]
}

/**
 * Brings the newest checkpoint that is whole. Nothing that the remote says is believed: every byte is hashed before the
 * folder appears. The caller holds the key's lock.
 *
 * @throws UserError where there is no room for it; whatever error the remote gives when it is read
 */
export async function fetchCheckpoint(store: Store, remote: OpenRemote, wanted: Wanted): Promise<Brought> {
  const faults: string[] = []
  const candidates: { scope: CheckpointScope; checkpoint: SharedCheckpoint }[] = []
  for (const scope of readCheckpoints(remote, wanted.key)) {
    try {
      const record = await readCheckpointRecord(scope)
      const newer = record?.checkpoints.filter(({ step }) => step > wanted.after) ?? []
      if (record && newer.length > 0 && isOther(wanted.processor, record.processor))
        faults.push(`${scope.name}: those of this training were made on another kind of processor`)
      else for (const checkpoint of newer) candidates.push({ scope, checkpoint })
    } catch (error) {
      if (!(error instanceof RemoteFault)) throw error
      faults.push(`${scope.name}: their record ${error.message}`)
    }
  }
  for (const { scope, checkpoint } of candidates.sort((a, b) => b.checkpoint.step - a.checkpoint.step)) {
    try {
      await bring(store, scope, checkpoint, wanted)
      return { found: { step: checkpoint.step, from: scope.name }, faults }
    } catch (error) {
      if (!(error instanceof RemoteFault)) throw error
      faults.push(`${scope.name}: of that of step ${checkpoint.step} ${error.message}`)
    }
  }
  return { found: undefined, faults }
}

async function bring(
  store: Store,
  scope: CheckpointScope,
  { step, files }: SharedCheckpoint,
  { key, placeOf, onSource, signal }: Wanted,
): Promise<void> {
  const staging = await store.stage(key)
  try {
    const total = files.reduce((sum, { bytes }) => sum + bytes, 0)
    await requireSpace(staging, total, `a checkpoint in ${scope.name}`)
    for (const entry of files) {
      const file = join(staging, entry.path)
      const fetched = () => fetchBlob(store.layout, scope.blobs, entry, file, { signal })
      const resumed = await named(entry.path, fetched)
      if ((await hashFile(file)) === entry.sha256) continue
      // What came before a cut may have been spoilt since.
      await rm(file)
      if (resumed) await named(entry.path, fetched)
      if (!resumed || (await hashFile(file)) !== entry.sha256)
        throw new RemoteFault(`${entry.path} has other bytes than its record says`)
    }
    const place = placeOf(step)
    await ensureFolder(dirname(place), await accessOf(store.home))
    await onSource(scope.of)
    await rename(staging, place)
  } finally {
    await rm(staging, { recursive: true, force: true }).catch(() => undefined)
  }
}

async function named<T>(path: string, fetching: () => Promise<T>): Promise<T> {
  try {
    return await fetching()
  } catch (error) {
    if (error instanceof RemoteFault) throw new RemoteFault(`${path} ${error.message}`)
    throw error
  }
}

function isOther(wanted: Json | undefined, made: Json): boolean {
  return wanted !== undefined && canonicalJson(wanted) !== canonicalJson(made)
}
