import { statSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { tryLock } from '@blacksmith/native'
import { type JobFolder, listJobs } from './job-files'

/** Until then people may look into the log of a job that has ended. */
const keptMs = 30 * 24 * 3600 * 1000

/**
 * Takes away what is left of jobs that ended long ago, by whoever begins another one. Their results are in the store.
 *
 * @param except one that the caller has locked
 */
export async function removeOldJobs(jobs: string, except: string, now = Date.now()): Promise<void> {
  for (const job of listJobs(jobs)) {
    if (job.id === except || !isOld(job, now)) continue
    const held = tryLock(job.lock, 'exclusive')
    if (!held) continue
    try {
      // Somebody may have begun a round before the lock was ours; the lock itself stays, as all locks do.
      if (isOld(job, now)) await rm(job.rounds, { recursive: true, force: true })
    } finally {
      held.close()
    }
  }
}

function isOld(job: JobFolder, now: number): boolean {
  const round = job.latest()
  if (!round?.outcome()) return false
  const { mtimeMs = now } = statSync(join(round.folder, 'outcome.json'), { throwIfNoEntry: false }) ?? {}
  return now - mtimeMs > keptMs
}
