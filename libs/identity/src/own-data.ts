import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { digestTree, flushMappings, ownFiles } from '@blacksmith/store/integrity'

/**
 * What the file system says of a person's own data: of each file and folder its inode, size and times, of which that of the last
 * change cannot be set back. Equal states mean that nobody wrote there in between, not even to put it back. Where times
 * cannot be trusted, in memory, the bytes are compared.
 *
 * @param path a file or a folder
 * @throws UserError naming what cannot be read
 */
export async function stateOfData(path: string): Promise<string> {
  const { files } = await ownFiles(path)
  const trusted = await flushMappings(
    path,
    files.map(({ file }) => file),
  )
  const stats = files.map(({ path: inside, file }) => {
    const { ino, size, mtimeNs, ctimeNs } = statSync(file, { bigint: true })
    return [inside, ...[ino, size, mtimeNs, ctimeNs].map(String)]
  })
  return JSON.stringify([foldersOf(path), stats, trusted ? {} : await digestTree(path)])
}

/** A folder that is exchanged for another, and put back, leaves its files as they were. */
function foldersOf(path: string): string[][] {
  if (!statSync(path).isDirectory()) return []
  const below = readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name))
  return [path, ...below.sort()].map((folder) => {
    const { ino, mtimeNs, ctimeNs } = statSync(folder, { bigint: true })
    return [folder, ...[ino, mtimeNs, ctimeNs].map(String)]
  })
}
