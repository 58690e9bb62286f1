import { isOlder } from '../age'
import type { RemotePolicy } from '../gc-remote'
import type { OpenRemote } from '../remotes'
import { ownCheckpoints } from './checkpoint-scope'
import { clearCheckpoints } from './send-checkpoint'

/**
 * Takes away the checkpoints of trainings that nobody has gone on with, in the scope that is written to.
 *
 * @returns how many trainings those were
 */
export async function collectCheckpoints(
  remote: OpenRemote,
  { keepDays, dryRun = false }: RemotePolicy,
): Promise<number> {
  let trainings = 0
  for await (const { key, written } of remote.below(remote.write, 'checkpoints').records()) {
    if (!isOlder(written, keepDays)) continue
    trainings++
    if (!dryRun) await clearCheckpoints(ownCheckpoints(remote, key))
  }
  return trainings
}
