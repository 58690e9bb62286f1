import { join } from 'node:path'
import { readYaml } from '@blacksmith/config'
import { isRemote, type SourceFile, type SourceGroup, sourcesSchema } from './source'
import { lockedDigest, readSourcesLock } from './sources-lock'

/**
 * Reads a data set's sources.yaml. Digests that were noted in the sources.lock.json beside it are filled in.
 *
 * @param file workspace-relative
 * @throws UserError with every mistake in the file
 */
export function readSources(workspaceRoot: string, file: string): SourceGroup[] {
  const groups = readYaml(workspaceRoot, file, sourcesSchema)
  const listedIn = join(workspaceRoot, file)
  const lock = readSourcesLock(listedIn)
  return groups.map(({ files, ...group }) => ({
    ...group,
    files: Object.fromEntries(
      Object.entries(files).map(([name, entry]) => {
        const source: SourceFile = { licence: group.licence, ...entry, name, listedIn }
        return [name, isRemote(source) ? lockedDigest(source, lock) : source]
      }),
    ),
  }))
}
