import { answered } from '../asking'
import type { Remote } from '../remote'
import type { OpenRemote } from '../remotes'
import { type CheckpointRecord, parseCheckpointRecord } from './checkpoint-record'

/**
 * Where a scope keeps the checkpoints of one training: `checkpoints/records/<key>.json` names them, and their files are
 * in `checkpoints/<key>/blobs`, apart from those of all others, so that they can be taken away at once.
 */
export interface CheckpointScope {
  /** By which people know it. */
  name: string
  /** The scope that it is below. */
  of: Remote
  key: string
  records: Remote
  blobs: Remote
}

/** The scope that is written to. */
export function ownCheckpoints(remote: OpenRemote, key: string): CheckpointScope {
  return scopeIn(remote, remote.write, key)
}

/** All that are read. */
export function readCheckpoints(remote: OpenRemote, key: string): CheckpointScope[] {
  return remote.read.map((scope) => scopeIn(remote, scope, key))
}

/** @throws RemoteFault where there is something that is no record of this training, or nobody trusted has signed it */
export async function readCheckpointRecord({
  records,
  key,
}: CheckpointScope): Promise<CheckpointRecord | undefined> {
  const text = await answered(records.readRecord(key))
  return text === undefined ? undefined : parseCheckpointRecord(key, text)
}

function scopeIn(remote: OpenRemote, scope: Remote, key: string): CheckpointScope {
  return {
    name: scope.name,
    of: scope,
    key,
    records: remote.below(scope, 'checkpoints'),
    blobs: remote.below(scope, `checkpoints/${key}`),
  }
}
