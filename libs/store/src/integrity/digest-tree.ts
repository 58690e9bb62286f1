import { statSync } from 'node:fs'
import { join } from 'node:path'
import { UserError } from '@blacksmith/config'
import { manifestDigest, manifestOf } from '../artifact/manifest'
import { scan } from '../artifact/scan'
import { hashFile, hashFiles } from './hash-files'
import type { IntegrityIndex } from './integrity-index'

/** Beyond so many files their digests are summed up in one, or provenance would outgrow the data. */
const mostNamed = 1000

/**
 * The SHA-256 of each file of somebody's own data: of the file `path`, under the name `.`, or of every file
 * below the folder `path`, by relative paths. Links to files count as the files.
 *
 * @param index files that it knows are not read again
 * @throws UserError when the folder holds what cannot be read as plain files
 */
export async function digestTree(path: string, index?: IntegrityIndex): Promise<Record<string, string>> {
  const top = statSync(path)
  if (!top.isDirectory()) return { '.': await hashFile(path) }
  const { files, odd } = await scan(path)
  for (const { path: inside, reason } of odd) {
    const stats = statSync(join(path, inside), { throwIfNoEntry: false })
    if (!stats?.isFile() || reason !== 'it is a symbolic link') {
      const remedy = 'keep plain files, and links to plain files, in a folder of data'
      throw new UserError({ file: join(path, inside), message: `cannot be used as data: ${reason}`, remedy })
    }
    files.push({ path: inside, stats })
  }
  const known = index?.open(path, top.dev)
  const digests = files.map((file) => known?.digest(file.path, file.stats))
  const unknown = files.flatMap((file, at) => (digests[at] === undefined ? [{ file, at }] : []))
  const started = Date.now()
  const tasks = unknown.map(({ file }) => ({ file: join(path, file.path), bytes: file.stats.size }))
  const hashed = await hashFiles(tasks)
  unknown.forEach(({ file, at }, nth) => {
    digests[at] = hashed[nth]
    known?.learn(file.path, file.stats, hashed[nth] ?? '', started)
  })
  await known?.save(files.map((file) => file.path))
  const entries = files.map((file, at) => ({
    path: file.path,
    bytes: file.stats.size,
    sha256: digests[at] ?? '',
  }))
  const manifest = manifestOf(entries)
  if (entries.length > mostNamed) return { '.': manifestDigest(manifest) }
  return Object.fromEntries(manifest.files.map((entry) => [entry.path, entry.sha256]))
}
