import { dirname, join, sep } from 'node:path'
import type { WrittenImport } from './parsed-file'
import type { Found, SourceTree } from './source-tree'

/** What one written import leads to. */
export interface Resolved {
  /** Files that Python runs for it: the module, and the `__init__.py` of every package on the way. */
  files: string[]
  /** A module of ours that is not there. */
  missing?: string
  /** The dots lead out of the package, or the file is in none. */
  beyond?: true
}

/** Where to look, and how to learn what a package names in `__all__`. */
export interface ModuleSearch {
  tree: SourceTree
  /** Folders in the order in which Python searches them. */
  roots: readonly string[]
  exportsOf: (file: string) => readonly string[]
}

/**
 * Finds the files of an import. A module of no root belongs to the environment, and is left out.
 *
 * A name taken out of a package is a submodule or something that the package defines; where it is both, Python
 * takes the latter, but both count here: a file too many costs a run, a file too few a wrong reuse.
 *
 * @param importer the file that holds the import
 */
export function resolveImport(written: WrittenImport, importer: string, search: ModuleSearch): Resolved {
  const { tree, roots } = search
  if (written.level === 0) {
    const [top = '', ...rest] = written.module.split('.')
    const found = tree.find(top, roots)
    return found === undefined ? { files: [] } : descend(found, [top], rest, written, search)
  }
  const above = packageOf(importer, written.level, roots)
  if (above === undefined) return { files: [], beyond: true }
  const init = join(above, '__init__.py')
  const start: Found = tree.isFile(init)
    ? { kind: 'package', file: init, folders: [above] }
    : { kind: 'namespace', folders: [above] }
  const steps = written.module === '' ? [] : written.module.split('.')
  return descend(start, ['.'.repeat(written.level)], steps, written, search)
}

/** The folder that `level` dots mean in a file; undefined when they lead out of every package. */
function packageOf(importer: string, level: number, roots: readonly string[]): string | undefined {
  const root = rootOf(importer, roots)
  let folder = dirname(importer)
  for (let up = 1; up < level && folder !== root; up++) folder = dirname(folder)
  return folder === root ? undefined : folder
}

/** The search root that a file is imported from: the innermost one around it. */
export function rootOf(file: string, roots: readonly string[]): string | undefined {
  const around = roots.filter((root) => file.startsWith(root + sep))
  return around.sort((a, b) => b.length - a.length)[0]
}

function descend(
  start: Found,
  named: string[],
  steps: readonly string[],
  written: WrittenImport,
  search: ModuleSearch,
): Resolved {
  const files: string[] = []
  const path = [...named]
  let current = start
  const run = (found: Found) => {
    if (found.kind !== 'namespace') files.push(found.file)
  }
  run(current)
  for (const step of steps) {
    path.push(step)
    const next = current.kind === 'module' ? undefined : search.tree.find(step, current.folders)
    if (!next) {
      // A folder of ours may share its name with a package of the environment, which Python prefers.
      const foreign = current.kind === 'namespace' && written.level === 0
      return foreign ? { files } : { files, missing: path.join('.').replace(/^(\.+)\./, '$1') }
    }
    current = next
    run(current)
  }
  if (current.kind === 'module') return { files }
  const all = written.star && current.kind === 'package' ? search.exportsOf(current.file) : []
  for (const name of [...written.names, ...all]) {
    const submodule = search.tree.find(name, current.folders)
    if (submodule) run(submodule)
  }
  return { files }
}
