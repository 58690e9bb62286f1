import { join } from 'node:path'
import { experimentFolders, isUserError } from '@blacksmith/config'
import {
  defaultConfiguration,
  distDirectory,
  resolveExperiment,
  runFolder,
  type TaskRequest,
} from '@blacksmith/task'

/** What of a command line decides where results stand. */
export interface RunFlags {
  configuration?: string | undefined
  device?: string | undefined
  threads?: string | undefined
}

/**
 * Project name → the folder in dist/ where its evaluation will stand: with flags that shape the results they stand
 * beside those of the configuration. An experiment that cannot be read is reported by its run; until then its place is
 * that without flags.
 */
export async function evaluationFolders(
  workspaceRoot: string,
  projects: readonly string[],
  flags: RunFlags,
): Promise<Map<string, string>> {
  const folders = experimentFolders(workspaceRoot)
  const evaluations = new Map<string, string>()
  for (const project of projects) {
    const run = await folderOf(requestOf(workspaceRoot, folders.get(project) ?? '', flags))
    evaluations.set(project, distDirectory(workspaceRoot, project, run, 'evaluate'))
  }
  return evaluations
}

/** Where the results of an evaluation stand in its folder. */
export function resultsFile(folder: string): string {
  return join(folder, 'results.json')
}

async function folderOf(request: TaskRequest): Promise<string> {
  try {
    return runFolder(request, await resolveExperiment(request))
  } catch (error) {
    if (!isUserError(error)) throw error
    return request.configuration
  }
}

function requestOf(workspaceRoot: string, directory: string, flags: RunFlags): TaskRequest {
  const { configuration = defaultConfiguration, device, threads } = flags
  return {
    workspaceRoot,
    directory,
    target: 'evaluate',
    configuration,
    flags: { device, ...(threads === undefined ? {} : { threads: Number(threads) }), set: [] },
  }
}
