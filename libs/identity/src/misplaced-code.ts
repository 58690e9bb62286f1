import { existsSync, realpathSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import type { Problem } from '@blacksmith/config/header'
import standardNames from './imports/standard-modules.json'

/** Where `nx affected` looks for Python. */
export interface Watched {
  workspaceRoot: string
  /** The same, with links followed. */
  workspace: string
  /** With links followed. */
  roots: string[]
  /** As people know them. */
  names: readonly string[]
}

/** What is wrong with where a file that is imported lies, or with what it is called there. */
export function misplaced(path: string, watched: Watched, pythonRoots: readonly string[]): Problem[] {
  return [...unwatched(path, watched), ...shadowing(path, watched.workspaceRoot, pythonRoots)]
}

/** @param names the folders that Python searches, workspace-relative */
export function watchedRoots(workspaceRoot: string, names: readonly string[]): Watched {
  const roots = names.map((name) => join(workspaceRoot, name)).filter((root) => existsSync(root))
  return {
    workspaceRoot,
    workspace: realpathSync(workspaceRoot),
    roots: roots.map((root) => realpathSync(root)),
    names,
  }
}

/** Names of the standard library of the Pythons that we support, and of some later ones. */
const standardModules: ReadonlySet<string> = new Set(standardNames)

/** `nx affected` knows a change by the file's place: neither a test nor a file behind a link is seen there. */
function unwatched(path: string, { workspace, roots, names }: Watched): Problem[] {
  if (path.endsWith('_test.py')) {
    return [
      {
        file: path,
        message: 'is imported by a recipe, and named like a test, which `nx affected` passes over',
        remedy: 'give it another name, without _test at its end',
      },
    ]
  }
  const real = realpathSync(path)
  const within = (folder: string) => real.startsWith(join(folder, sep))
  if (roots.some(within) || !within(workspace)) return []
  return [
    {
      file: path,
      message: `leads to ${relative(workspace, real)}, where \`nx affected\` does not look for Python`,
      remedy: `move that into ${names.join(' or ')}, and import it from there`,
    },
  ]
}

/**
 * What stands in a Python root comes before Python's own modules, for all that a process imports, and already while
 * the interpreter starts. (Beside a recipe the trainer looks for such names itself.)
 */
function shadowing(path: string, workspace: string, pythonRoots: readonly string[]): Problem[] {
  const inside = pythonRoots
    .map((root) => relative(join(workspace, root), path))
    .find((each) => !each.startsWith('..'))
  const name = inside?.split(sep)[0]?.replace(/\.py$/, '') ?? ''
  if (!standardModules.has(name)) return []
  return [
    {
      file: path,
      message: `takes the place of Python's own module ${name}, for every library too`,
      remedy: 'rename it, and what imports it',
    },
  ]
}
