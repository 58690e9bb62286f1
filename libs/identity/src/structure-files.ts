import { realpathSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { type Header, type Problem, UserError, workspaceLayout } from '@blacksmith/config/header'
import { typescriptClosure } from './imports/typescript-imports'

/**
 * Holds an experiment's config.ts to files whose change `nx affected` sees: its own folder and the workspace's Python
 * packages.
 *
 * @throws UserError naming each file that it imports from elsewhere in the workspace
 */
export function refuseUnwatchedStructure(workspaceRoot: string, { directory }: Header): void {
  const { packages } = workspaceLayout(workspaceRoot)
  const watched = [directory, ...packages.map(({ folder }) => folder)]
  const root = realpathSync(workspaceRoot)
  const problems = typescriptClosure(join(workspaceRoot, directory, 'config.ts'))
    .map((file) => relative(root, realpathSync(file)).split(sep).join('/'))
    .filter((file) => !file.startsWith('../') && !file.split('/').includes('node_modules'))
    .filter((file) => !watched.some((folder) => file.startsWith(`${folder}/`)))
    .map(
      (file): Problem => ({
        file: `${directory}/config.ts`,
        message: `imports ${file}, where \`nx affected\` does not look for parameters`,
        remedy: `move that into ${directory} or into a Python package of the workspace, and import it from there`,
      }),
    )
  if (problems.length > 0) throw new UserError(problems)
}
