import { existsSync, lstatSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { workspaceLayout } from '../workspace/layout'

/** The file that makes a folder an experiment. */
export const experimentFile = 'experiment.yaml'

/**
 * Project name → workspace-relative folder of each experiment: <framework>/<name> below the layout's folder. The files
 * are not read: one that cannot be is here too.
 */
export function experimentFolders(workspaceRoot: string): Map<string, string> {
  const found = new Map<string, string>()
  const { experiments } = workspaceLayout(workspaceRoot)
  for (const framework of folders(join(workspaceRoot, experiments))) {
    for (const name of folders(join(workspaceRoot, experiments, framework))) {
      const directory = `${experiments}/${framework}/${name}`
      // Not whether it leads anywhere: a link in a circle is there, and whoever reads it reports it.
      if (lstatSync(join(workspaceRoot, directory, experimentFile), { throwIfNoEntry: false }))
        found.set(`${framework}-${name}`, directory)
    }
  }
  return found
}

function folders(directory: string): string[] {
  if (!existsSync(directory)) return []
  return readdirSync(directory, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort()
}
