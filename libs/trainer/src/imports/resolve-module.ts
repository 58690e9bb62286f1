import { existsSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { WrittenImport } from './parse-imports'

/** What one written import leads to. */
export interface Resolved {
  /** Files that Python runs for it: the module, and the `__init__.py` of every package on the way. */
  files: string[]
  /** A module of ours that is not there. */
  missing: string | undefined
}

/**
 * Finds the files of an import among the search roots. A module of no root belongs to the environment, and is
 * left out.
 *
 * @param importer the file that holds the import
 * @param roots folders in the order in which Python searches them
 */
export function resolveImport(written: WrittenImport, importer: string, roots: readonly string[]): Resolved {
  if (written.level > 0) {
    let base = dirname(importer)
    for (let up = 1; up < written.level; up++) base = dirname(base)
    return within(base, written)
  }
  const [top = ''] = written.module.split('.')
  const root = roots.find(
    (folder) => moduleFile(join(folder, top)) !== undefined || isFolder(join(folder, top)),
  )
  return root === undefined ? { files: [], missing: undefined } : within(root, written)
}

function within(base: string, { module, names, level }: WrittenImport): Resolved {
  const files: string[] = []
  let place = base
  if (level > 0) addInit(place, files)
  for (const step of module === '' ? [] : module.split('.')) {
    place = join(place, step)
    const file = moduleFile(place)
    if (file) files.push(file)
    else if (!isFolder(place)) return { files, missing: module }
  }
  // A name may be a submodule or something that the module defines; only the file system can tell.
  for (const name of names) {
    const file = moduleFile(join(place, name))
    if (file) files.push(file)
  }
  return { files, missing: undefined }
}

function addInit(folder: string, files: string[]): void {
  const file = join(folder, '__init__.py')
  if (existsSync(file)) files.push(file)
}

/** `path.py`, or the `__init__.py` of the package `path`; Python prefers the package. */
function moduleFile(path: string): string | undefined {
  return [join(path, '__init__.py'), `${path}.py`].find((candidate) => existsSync(candidate))
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false
}
