import { dirname, join, sep } from 'node:path'
import type { Problem } from '@blacksmith/config'
import type { DynamicImport, WrittenImport } from './parsed-file'
import { type ModuleSearch, type Resolved, resolveImport, rootOf } from './resolve-module'
import type { Source, SourceCache } from './source-cache'
import { SourceTree } from './source-tree'

/** The files that a file imports directly. */
export interface FileImports {
  files: string[]
  problems: Problem[]
}

/** All files that are run when the entries are: themselves, and what they import, directly or not. */
export interface ImportClosure {
  /** In the order of their paths, each as it was read: what is parsed, hashed and copied is one and the same. */
  files: ImportedFile[]
  problems: Problem[]
}

/** A file of a closure. */
export interface ImportedFile {
  /** Absolute. */
  path: string
  bytes: Buffer
  /** SHA-256 of the bytes, in hex. */
  digest: string
}

/**
 * Loads the function that a request names, and modules of the environment. Its calls alone may import by a computed
 * name: what they load is an entry of the closure itself, or in the key with its environment, so nothing escapes.
 */
const loader = join('blacksmith', 'training', 'entry.py')

/** Follows imports through one moment's view of the tree, which it reads once: make a new one for each question. */
export class ImportReader {
  private readonly tree = new SourceTree()
  private readonly sources = new Map<string, Source>()

  constructor(private readonly cache: SourceCache) {}

  /**
   * What one Python file imports from the search roots.
   *
   * @param roots absolute paths, in the order in which Python searches them
   */
  fileImports(file: string, roots: readonly string[]): FileImports {
    if (!this.tree.isFile(file)) {
      return { files: [], problems: [{ file, message: 'there is no such file', remedy: 'add it' }] }
    }
    const search = { tree: this.tree, roots, exportsOf: (init: string) => this.exportsOf(init) }
    const { imports, dynamic, problems } = this.read(file).parsed
    const files = new Set<string>()
    const found: Problem[] = problems.map((problem) => ({ file, ...problem }))
    for (const written of imports) {
      const resolved = resolveImport(written, file, search)
      for (const target of resolved.files) files.add(target)
      if (!written.optional) found.push(...unresolved(written, resolved, file))
    }
    for (const call of dynamic) found.push(...refused(call, file, search))
    files.delete(file)
    return { files: [...files], problems: found }
  }

  /**
   * Follows the imports of `entries` through the search roots.
   *
   * @param entries absolute paths of Python files
   * @param roots absolute paths, in the order in which Python searches them
   */
  closure(entries: readonly string[], roots: readonly string[]): ImportClosure {
    const reached = new Set<string>()
    const problems: Problem[] = []
    const waiting = entries.flatMap((entry) => [entry, ...this.packageChain(entry, roots)])
    for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
      if (reached.has(file)) continue
      reached.add(file)
      const found = this.fileImports(file, roots)
      problems.push(...found.problems)
      waiting.push(...found.files)
    }
    const files = [...reached].filter((file) => this.tree.isFile(file)).sort()
    return {
      files: files.map((path) => {
        const { bytes, digest } = this.read(path)
        return { path, bytes, digest }
      }),
      problems,
    }
  }

  private read(file: string): Source {
    const known = this.sources.get(file)
    if (known) return known
    const source = this.cache.read(file)
    this.sources.set(file, source)
    return source
  }

  private exportsOf(file: string): readonly string[] {
    return this.read(file).parsed.exports ?? []
  }

  /** `python -m blacksmith.training` runs the `__init__.py` of each package above the entry too. */
  private packageChain(entry: string, roots: readonly string[]): string[] {
    const root = rootOf(entry, roots)
    const chain: string[] = []
    for (let folder = dirname(entry); root !== undefined && folder !== root; folder = dirname(folder)) {
      chain.push(join(folder, '__init__.py'))
    }
    return chain.filter((file) => this.tree.isFile(file))
  }
}

function unresolved(
  { line, column, level, module }: WrittenImport,
  { missing, beyond }: Resolved,
  file: string,
): Problem[] {
  if (beyond) {
    return [
      {
        file,
        line,
        column,
        field: `${'.'.repeat(level)}${module}`,
        message: 'is a relative import that leads out of every package',
        remedy: 'a file beside a recipe is imported by its plain name: import <name>',
      },
    ]
  }
  if (missing === undefined) return []
  const remedy = 'mend the name, or add the module'
  return [{ file, line, column, field: missing, message: 'is imported, but there is no such module', remedy }]
}

/** A call may import what is the environment's, by a literal name; code of ours would escape every tool. */
function refused({ module, line, column }: DynamicImport, file: string, search: ModuleSearch): Problem[] {
  if (file.endsWith(sep + loader)) return []
  if (module === null) {
    return [
      {
        file,
        line,
        column,
        message: 'imports by a computed name, so that no tool can tell what this file depends on',
        remedy: 'write import statements, one for each module, inside an if or a function where need be',
      },
    ]
  }
  const [top = ''] = module.split('.')
  const ours = module.startsWith('.') || search.tree.find(top, search.roots) !== undefined
  if (!ours) return []
  return [
    {
      file,
      line,
      column,
      field: module,
      message: 'is imported by a call, so that no tool can tell what this file depends on',
      remedy: `write: import ${module.replace(/^\.+|\.+$/g, '')}`,
    },
  ]
}
