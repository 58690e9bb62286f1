import { UserError } from '@blacksmith/config'
import type { Artifact } from '../artifact/artifact'
import { runId } from '../key/key'
import { ownCheckpoints } from './checkpoints/checkpoint-scope'
import { collectCheckpoints } from './checkpoints/gc-checkpoints'
import { clearCheckpoints } from './checkpoints/send-checkpoint'
import { collectRemote, type RemoteCollection, type RemotePolicy } from './gc-remote'
import { readRecord } from './pull'
import type { Pushed } from './push'
import { inWordsOf, isOfRemote } from './reason'
import { LocalFault, type Remote, RemoteFault, Unlistable } from './remote'
import type { SharedStore } from './shared-store'
import { type RemoteVerification, verifyRemote } from './verify-remote'

/**
 * Sends one run, if the remote has it not.
 *
 * @throws UserError where it cannot be sent
 */
export async function pushRun(shared: SharedStore, run: Artifact): Promise<Pushed | undefined> {
  return inWordsFor(shared, () => shared.push({ key: run.key, replace: false }, {}))
}

/**
 * Fetches one run.
 *
 * @param reference the beginning of its id or key
 * @throws UserError where there is none, or more than one, or it cannot be had whole
 */
export async function pullRun(
  shared: SharedStore,
  reference: string,
): Promise<{ artifact: Artifact; from: string | undefined }> {
  const { store, remote } = shared
  const key = await inWordsFor(shared, () => keyIn(shared, reference.toLowerCase()))
  const lock = await store.lockKey(key)
  try {
    const stored = await shared.lookup(key)
    if (stored) {
      stored.release()
      return { artifact: stored, from: undefined }
    }
    const pulled = await shared.pull(key)
    if (!pulled) {
      const message = `run ${reference} cannot be had whole from ${remote.name}`
      throw new UserError({ message, remedy: 'run its target: it is then made again, here and there' })
    }
    pulled.release()
    return { artifact: pulled, from: pulled.from }
  } finally {
    lock.close()
  }
}

/**
 * Reads every byte of the scope that is written to.
 *
 * @throws UserError where it cannot be read, or what is spoilt cannot be taken away
 */
export async function verifyShared(shared: SharedStore): Promise<RemoteVerification> {
  return inWordsFor(shared, () => verifyRemote(shared.remote.write))
}

/**
 * Takes away what is old in the scope that is written to: artifacts, and checkpoints of trainings.
 *
 * @throws UserError where it cannot be read, or nothing can be taken away
 */
export async function collectShared(
  shared: SharedStore,
  policy: RemotePolicy,
): Promise<RemoteCollection & { trainings: number }> {
  return inWordsFor(shared, async () => ({
    ...(await collectRemote(shared.remote.write, policy)),
    trainings: await collectCheckpoints(shared.remote, policy),
  }))
}

/** What a removal of runs left in a remote. */
export interface Withdrawal {
  /** How many are not in the scope any more that is written to. */
  gone: number
  /** Sentences that say which are still to be had from where, and why. */
  left: string[]
}

/** Takes the records of runs out of the scope that is written to, so that what was removed here does not come back. */
export async function withdrawRuns(shared: SharedStore, keys: readonly string[]): Promise<Withdrawal> {
  const { remote, ledger } = shared
  const result: Withdrawal = { gone: 0, left: [] }
  for (const key of keys) {
    await ledger.forget(key)
    try {
      for (const scope of remote.read) {
        if (!(await hasRecord(scope, key))) continue
        if (scope === remote.write) {
          await scope.removeRecord(key)
          result.gone++
        } else result.left.push(`run ${runId(key)} is still in ${scope.name}, which is not yours to change`)
      }
      await clearCheckpoints(ownCheckpoints(remote, key))
    } catch (error) {
      if (!isOfRemote(error)) throw error
      result.left.push(`${remote.name} ${inWordsOf(error)}: run ${runId(key)} may still be in it`)
    }
  }
  return result
}

/** One that is of no use goes too. */
async function hasRecord(scope: Remote, key: string): Promise<boolean> {
  return readRecord(scope, key).then(
    (record) => record !== undefined,
    (error: unknown) => {
      if (error instanceof RemoteFault) return true
      throw error
    },
  )
}

async function keyIn({ remote }: SharedStore, beginning: string): Promise<string> {
  const found = new Set<string>()
  // Some remotes cannot be listed.
  if (/^[0-9a-f]{64}$/.test(beginning)) return beginning
  for (const scope of remote.read)
    for await (const { key } of scope.records()) if (key.startsWith(beginning)) found.add(key)
  const [key, ...others] = found
  if (key !== undefined && others.length === 0) return key
  throw key === undefined
    ? new UserError({
        message: `${remote.name} has no run that begins with ${JSON.stringify(beginning)}`,
        remedy: 'give the beginning of its id or key, as npx blacksmith explain prints it',
      })
    : new UserError({
        message: `${JSON.stringify(beginning)} is the beginning of several runs`,
        remedy: [...found].map((each) => each.slice(0, Math.max(10, beginning.length + 4))).join(', '),
      })
}

async function inWordsFor<T>({ remote }: SharedStore, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof LocalFault) {
      const remedy = 'npx blacksmith store verify sets it aside; then run its target again'
      throw new UserError({ message: error.message, remedy }, { cause: error })
    }
    if (!isOfRemote(error)) throw error
    const remedy =
      error instanceof Unlistable
        ? 'that takes a list of its files: do it on the server itself; a single run can be fetched by its whole key'
        : 'see that it is there, or ask whoever keeps it for the rights; what was done until now stays'
    throw new UserError({ file: remote.name, message: inWordsOf(error), remedy }, { cause: error })
  }
}
