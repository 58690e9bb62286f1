import { existsSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { UserError } from '@blacksmith/config/header'
import { brokenPlace } from '@blacksmith/task/src/placed'

/** What of a task the check needs. */
export interface RestoredTask {
  id: string
  hash?: string
  outputs: string[]
}

/**
 * Holds what Nx has restored from its cache, or left in place, against what was sealed. What is not the same is taken
 * out of dist/ and of Nx's cache, so that the same command puts the right bytes there.
 *
 * @throws UserError that names what was broken
 */
export async function verifyRestored(workspaceRoot: string, tasks: readonly RestoredTask[]): Promise<void> {
  const problems: { file: string; message: string; remedy: string }[] = []
  for (const { hash, outputs } of tasks) {
    for (const output of outputs) {
      const directory = join(workspaceRoot, output)
      const broken = await brokenPlace(directory)
      if (broken === undefined) continue
      evict(hash)
      rmSync(directory, { recursive: true, force: true })
      problems.push({
        file: `${output}/${broken.path}`,
        message: `${broken.reason}, and so does not count: it is taken away from dist/ and from Nx's cache`,
        remedy: 'run the same command again',
      })
    }
  }
  if (problems.length > 0) throw new UserError(problems)
}

/** An entry without its files would be answered, with nothing in it: it goes as a whole. */
function evict(hash: string | undefined): void {
  if (!hash) return
  const { cacheDir } = require('nx/src/utils/cache-directory') as { cacheDir: string }
  const entry = join(cacheDir, hash)
  if (!existsSync(entry)) return
  const aside = `${entry}.broken-${process.pid}`
  renameSync(entry, aside)
  rmSync(aside, { recursive: true, force: true })
}
