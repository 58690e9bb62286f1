import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import type { Results } from '@blacksmith/report'

/** Where results.json of a configuration stands, below dist/ and below every folder of stored results. */
export function resultsPath(project: string, configuration: string): string {
  return join(project, configuration, 'evaluate', 'results.json')
}

/** The results in a file; undefined where there are none, or none that can be read. */
export function readResults(file: string): Results | undefined {
  if (!existsSync(file)) return undefined
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Results
  } catch {
    // A file cut by a full disk is no result; the table says that there is none.
    return undefined
  }
}

/**
 * Copies results.json of every configuration below `from` to the same place below `to`; those of runs with flags,
 * which stand beside them in dist/, are of nobody else's interest. What `to` held of other experiments stays, so that
 * a folder handed from build to build always knows the last result of each.
 */
export function storeResults(from: string, to: string): void {
  if (from === to || !existsSync(from)) return
  const files = readdirSync(from, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name === 'results.json')
    .map((entry) => relative(from, join(entry.parentPath, entry.name)))
    .filter((file) => file.split(sep).length === 4 && !file.split(sep)[1]?.includes('+'))
  for (const file of files) {
    mkdirSync(dirname(join(to, file)), { recursive: true })
    cpSync(join(from, file), join(to, file))
  }
}
