import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { canonicalJson, type Json } from '@blacksmith/config'
import { hashFiles } from '../../integrity/hash-files'
import { eachOf } from '../asking'
import { LocalFault, RemoteFault, Unlistable } from '../remote'
import { type CheckpointRecord, checkpointRecordText, type SharedCheckpoint } from './checkpoint-record'
import { type CheckpointScope, readCheckpointRecord } from './checkpoint-scope'

/** The newest, and one before it in case that the newest is spoilt. */
const kept = 2

/**
 * Sends a checkpoint: first the files that are not there, then the record, then what it no longer names goes. Before all
 * a record without it: by that the files of who dies on the way are found and taken away.
 *
 * @param folder its files stay as they are while they are sent
 * @throws LocalFault where they do not; whatever error the remote gives
 */
export async function sendCheckpoint(
  scope: CheckpointScope,
  checkpoint: { step: number; folder: string; processor: Json },
  signal: AbortSignal,
): Promise<void> {
  const { key, records, blobs } = scope
  const { step, folder, processor } = checkpoint
  const files = await filesOf(folder)
  const before = await standing(scope, processor)
  const others = before.checkpoints.filter((each) => each.step !== step)
  const record: CheckpointRecord = {
    key,
    processor,
    checkpoints: [{ step, files }, ...others].slice(0, kept),
  }
  if (before.checkpoints.length === 0)
    await records.writeRecord(key, checkpointRecordText(before), { replace: true })
  const paths = new Map(files.map(({ sha256, path }) => [sha256, path]))
  await eachOf(await blobs.missing([...uniqueOf(files).values()]), async (blob) => {
    signal.throwIfAborted()
    await blobs.putBlob(blob, join(folder, paths.get(blob.sha256) ?? ''), { signal })
  })
  signal.throwIfAborted()
  await records.writeRecord(key, checkpointRecordText(record), { replace: true })
  const named = digestsIn(record.checkpoints)
  for (const sha256 of digestsIn(before.checkpoints)) if (!named.has(sha256)) await blobs.removeBlob(sha256)
}

/** Takes away all checkpoints of a training. The record goes last: by it the rest is found. */
export async function clearCheckpoints(scope: CheckpointScope): Promise<void> {
  const { key, records, blobs } = scope
  const text = await records.readRecord(key).catch(ofNoUse)
  if (text === undefined) return
  const named = await readCheckpointRecord(scope).catch(ofNoUse)
  for (const sha256 of digestsIn(named?.checkpoints ?? [])) await blobs.removeBlob(sha256)
  try {
    for await (const { sha256 } of blobs.blobs()) await blobs.removeBlob(sha256)
  } catch (error) {
    // Then what was left half sent stays.
    if (!(error instanceof Unlistable)) throw error
  }
  await records.removeRecord(key)
}

async function filesOf(folder: string): Promise<SharedCheckpoint['files']> {
  try {
    const names = (await readdir(folder)).sort()
    const tasks = await Promise.all(
      names.map(async (name) => ({ file: join(folder, name), bytes: (await stat(join(folder, name))).size })),
    )
    const digests = await hashFiles(tasks)
    return names.map((path, at) => ({ path, bytes: tasks[at]?.bytes ?? 0, sha256: digests[at] ?? '' }))
  } catch (error) {
    throw new LocalFault(`${folder} cannot be read (${(error as NodeJS.ErrnoException).code})`)
  }
}

/** What is there of the same kind of processor: a run goes on with that of its own only. */
async function standing(scope: CheckpointScope, processor: Json): Promise<CheckpointRecord> {
  const none = { key: scope.key, processor, checkpoints: [] }
  const there = await readCheckpointRecord(scope).catch(ofNoUse)
  return there && canonicalJson(there.processor) === canonicalJson(processor) ? there : none
}

function uniqueOf(files: SharedCheckpoint['files']): Map<string, SharedCheckpoint['files'][number]> {
  return new Map(files.map((file) => [file.sha256, file]))
}

function digestsIn(checkpoints: readonly SharedCheckpoint[]): Set<string> {
  return new Set(checkpoints.flatMap(({ files }) => files.map(({ sha256 }) => sha256)))
}

function ofNoUse(error: unknown): undefined {
  if (!(error instanceof RemoteFault)) throw error
}
