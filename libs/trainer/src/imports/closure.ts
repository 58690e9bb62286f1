import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { basename, dirname, join, relative, sep } from 'node:path'
import type { Problem } from '@blacksmith/config'
import { type ParsedFile, parseImports } from './parse-imports'
import { resolveImport } from './resolve-module'

/** The one package of our own that recipes import. */
const ownPackages = ['blacksmith']

/** The files that a file imports directly. */
export interface FileImports {
  files: string[]
  problems: Problem[]
}

/** All files that are run when the entries are: themselves, and what they import, directly or not. */
export interface ImportClosure {
  /** Sorted. */
  files: string[]
  problems: Problem[]
}

/** A source and what was found in it; a file is parsed again only when its bytes are others. */
const parsed = new Map<string, { digest: string; file: ParsedFile }>()

/** What one Python file imports from the search roots. */
export function fileImports(file: string, roots: readonly string[]): FileImports {
  const { imports, problems } = parse(file).file
  const files = new Set<string>()
  const found: Problem[] = problems.map((problem) => ({ file, ...problem }))
  for (const written of imports) {
    const resolved = resolveImport(written, file, roots)
    for (const target of resolved.files) files.add(target)
    if (resolved.missing !== undefined) {
      found.push({
        file,
        line: written.line,
        field: resolved.missing,
        message: 'is imported, but there is no such module',
        remedy: 'mend the name, or add the module',
      })
    }
  }
  files.delete(file)
  return { files: [...files], problems: found }
}

/**
 * Follows the imports of `entries` through the search roots.
 *
 * @param entries absolute paths of Python files
 * @param roots absolute paths, in the order in which Python searches them
 */
export function importClosure(entries: readonly string[], roots: readonly string[]): ImportClosure {
  const reached = new Set<string>()
  const problems: Problem[] = []
  const waiting = entries.flatMap((entry) => [entry, ...packageChain(entry, roots)])
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (reached.has(file)) continue
    reached.add(file)
    const found = fileImports(file, roots)
    problems.push(...found.problems)
    waiting.push(...found.files)
  }
  return { files: [...reached].sort(), problems }
}

/** The SHA-256 of each file, by its path relative to `base` with forward slashes. */
export function closureDigests(files: readonly string[], base: string): Record<string, string> {
  return Object.fromEntries(
    files.map((file) => [relative(base, file).split(sep).join('/'), parse(file).digest]),
  )
}

/** `python -m blacksmith.training` runs the `__init__.py` of each package above the entry too. */
function packageChain(entry: string, roots: readonly string[]): string[] {
  const root = roots.find((folder) => !relative(folder, entry).startsWith('..'))
  if (root === undefined) return []
  const chain: string[] = []
  for (let folder = dirname(entry); folder !== root && folder.startsWith(root); folder = dirname(folder)) {
    const init = join(folder, '__init__.py')
    if (basename(entry) !== '__init__.py' || init !== entry) chain.push(init)
  }
  return chain.filter((file) => existsSync(file))
}

function parse(path: string): { digest: string; file: ParsedFile } {
  const source = readFileSync(path)
  const digest = createHash('sha256').update(source).digest('hex')
  const cached = parsed.get(path)
  if (cached?.digest === digest) return cached
  const file = { digest, file: parseImports(source.toString('utf8'), ownPackages) }
  parsed.set(path, file)
  return file
}
