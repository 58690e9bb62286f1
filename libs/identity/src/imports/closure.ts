import { type FileImports, type ImportClosure, ImportReader } from './import-reader'
import { SourceCache } from './source-cache'

export { type FileImports, type ImportClosure, type ImportedFile, ImportReader } from './import-reader'
export { importsFile, SourceCache } from './source-cache'

/** A source is parsed again only when its bytes are others. */
const inThisProcess = new SourceCache()

/** What one Python file imports from the search roots; for many files, an {@link ImportReader} is faster. */
export function fileImports(file: string, roots: readonly string[]): FileImports {
  return new ImportReader(inThisProcess).fileImports(file, roots)
}

/**
 * Follows the imports of `entries` through the search roots.
 *
 * @param entries absolute paths of Python files
 * @param roots absolute paths, in the order in which Python searches them
 * @param sources what is parsed already
 */
export function importClosure(
  entries: readonly string[],
  roots: readonly string[],
  sources = inThisProcess,
): ImportClosure {
  return new ImportReader(sources).closure(entries, roots)
}
