import { statSync } from 'node:fs'
import { join } from 'node:path'
import { scan } from '../artifact/scan'
import { hashFile, hashFiles } from './hash-files'

/**
 * The SHA-256 of each file of somebody's own data: of the file `path`, under the name `.`, or of every file
 * below the folder `path`, by relative paths. What is no ordinary file is left out.
 */
export async function digestTree(path: string): Promise<Record<string, string>> {
  if (statSync(path).isFile()) return { '.': await hashFile(path) }
  const { files } = await scan(path)
  const digests = await hashFiles(
    files.map((found) => ({ file: join(path, found.path), bytes: found.stats.size })),
  )
  return Object.fromEntries(files.map((found, index) => [found.path, digests[index] ?? '']))
}
