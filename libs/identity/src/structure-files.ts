import { realpathSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { workspaceLayout } from '@blacksmith/config/header'
import { typescriptClosure } from './imports/typescript-imports'

/**
 * Workspace-relative paths of the files that an experiment's config.ts imports, directly or not, from elsewhere than its
 * own folder and the workspace's Python packages: no project of ours holds them, so that Nx has to be told of each.
 *
 * @param directory the experiment's workspace-relative folder
 * @param known what files import, of those that have been read at this moment
 */
export function structureReads(
  workspaceRoot: string,
  directory: string,
  known = new Map<string, string[]>(),
): string[] {
  const { packages } = workspaceLayout(workspaceRoot)
  const watched = [directory, ...packages.map(({ folder }) => folder)]
  const inWorkspace = (file: string) => relative(workspaceRoot, file).split(sep).join('/')
  const root = realpathSync(workspaceRoot)
  const files = typescriptClosure(join(workspaceRoot, directory, 'config.ts'), known).flatMap((file) => [
    inWorkspace(file),
    // What is behind a link is where a change of it is seen.
    relative(root, realpathSync(file)).split(sep).join('/'),
  ])
  return [...new Set(files)]
    .filter((file) => !file.startsWith('../') && !file.split('/').includes('node_modules'))
    .filter((file) => !watched.some((folder) => file.startsWith(`${folder}/`)))
}
