import { join } from 'node:path'
import { experimentFolders, workspaceLayout } from '@blacksmith/config/header'

/** One call of mypy. */
export interface TypeCheck {
  /** Workspace-relative. */
  paths: string[]
  arguments: string[]
  env: NodeJS.ProcessEnv
}

/**
 * The calls of mypy that check the Python below some workspace-relative paths. Each experiment has one of its own: its
 * modules are imported by their plain names, as at run time, and are named as those of the others.
 */
export function typeChecks(workspaceRoot: string, paths: readonly string[]): TypeCheck[] {
  const { experiments } = workspaceLayout(workspaceRoot)
  const libraries = paths.filter((path) => !path.startsWith(`${experiments}/`) && !path.endsWith('_test.py'))
  const folders = [...experimentFolders(workspaceRoot).values()].filter((folder) =>
    paths.some((path) => folder === path || folder.startsWith(`${path}/`)),
  )
  return [
    ...(libraries.length > 0 ? [typeCheck(libraries)] : []),
    ...folders.map((folder) => typeCheck([folder], { MYPYPATH: join(workspaceRoot, folder) })),
  ]
}

function typeCheck(paths: string[], env: NodeJS.ProcessEnv = {}): TypeCheck {
  return { paths, arguments: ['-m', 'mypy', '--config-file', 'libs/python/pyproject.toml', ...paths], env }
}
