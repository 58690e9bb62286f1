import { readdirSync } from 'node:fs'
import { dirname } from 'node:path'

/** What Python finds under a name in a folder. */
export type Found =
  /** A regular package: a folder with an `__init__.py`, which runs. */
  | { kind: 'package'; file: string; folders: string[] }
  | { kind: 'module'; file: string }
  /** A namespace package: folders without an `__init__.py`, merged over all search roots. */
  | { kind: 'namespace'; folders: string[] }

/** Looks into folders as Python's path finder does, each only once: it holds one moment's view of the tree. */
export class SourceTree {
  private readonly listings = new Map<string, Map<string, 'file' | 'folder'>>()

  /** The package or module `name` in the first of `folders` that has one; a namespace when none has. */
  find(name: string, folders: readonly string[]): Found | undefined {
    const portions: string[] = []
    for (const folder of folders) {
      const entries = this.list(folder)
      const path = `${folder}/${name}`
      const isFolder = entries.get(name) === 'folder'
      if (isFolder && this.list(path).get('__init__.py') === 'file') {
        return { kind: 'package', file: `${path}/__init__.py`, folders: [path] }
      }
      if (entries.get(`${name}.py`) === 'file') return { kind: 'module', file: `${path}.py` }
      if (isFolder) portions.push(path)
    }
    return portions.length > 0 ? { kind: 'namespace', folders: portions } : undefined
  }

  isFile(path: string): boolean {
    const folder = dirname(path)
    return this.list(folder).get(path.slice(folder.length + 1)) === 'file'
  }

  private list(folder: string): Map<string, 'file' | 'folder'> {
    const known = this.listings.get(folder)
    if (known) return known
    const entries = read(folder)
    this.listings.set(folder, entries)
    return entries
  }
}

function read(folder: string): Map<string, 'file' | 'folder'> {
  try {
    const entries = readdirSync(folder, { withFileTypes: true })
    // A symbolic link leads to either; the names of modules with an ending are files, all others folders.
    return new Map(
      entries.map((entry) => [
        entry.name,
        entry.isDirectory() || (entry.isSymbolicLink() && !entry.name.endsWith('.py')) ? 'folder' : 'file',
      ]),
    )
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') return new Map()
    throw error
  }
}
