import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Workspace } from './workspace'

/**
 * The tasks of the last nx command that Nx's cache has answered, sorted: by the record that Nx keeps of each run, since
 * what it prints of them depends on how long the command took.
 */
export function cacheHits(workspace: Workspace): string[] {
  const { NX_CACHE_DIRECTORY: cache = '' } = workspace.environment()
  const { tasks } = JSON.parse(readFileSync(join(cache, 'run.json'), 'utf8')) as {
    tasks: { taskId: string; cacheStatus: string }[]
  }
  return tasks
    .filter(({ cacheStatus }) => cacheStatus === 'local-cache-hit')
    .map(({ taskId }) => taskId)
    .sort()
}
