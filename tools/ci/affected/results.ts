import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import type { Results } from '@blacksmith/report'

/** Where results.json of a run stands, below dist/ and below every folder of stored results. */
export function resultsPath(project: string, configuration: string): string {
  return join(project, configuration, 'evaluate', 'results.json')
}

/** The results of a run; undefined where there are none, or none that can be read. */
export function readResults(folder: string, project: string, configuration: string): Results | undefined {
  const file = join(folder, resultsPath(project, configuration))
  if (!existsSync(file)) return undefined
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Results
  } catch {
    // A file cut by a full disk is no result; the table says that there is none.
    return undefined
  }
}

/**
 * Copies every results.json below `from` to the same place below `to`. What `to` held of other experiments stays,
 * so that a folder handed from build to build always knows the last result of each.
 */
export function storeResults(from: string, to: string): void {
  if (!existsSync(from)) return
  const files = readdirSync(from, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name === 'results.json')
    .map((entry) => relative(from, join(entry.parentPath, entry.name)))
    .filter((file) => file.split(sep).length === 4)
  for (const file of files) {
    mkdirSync(dirname(join(to, file)), { recursive: true })
    cpSync(join(from, file), join(to, file))
  }
}
