import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { isUserError } from '../errors/user-error'
import { readText } from '../yaml/read-text'
import { treeAt } from '../yaml/tree'
import { experimentFile } from './experiment-folders'
import { readOwnDataPath } from './own-data-path'
import { parseYaml } from './parse-when-needed'

/**
 * What an experiment's files name as `dataset.path` or `model.path`, whichever of them a run will use: a person's own
 * data, or weights, which lie where Nx does not look. A file that cannot be read names none; the targets report what is wrong with it.
 *
 * @param directory the experiment's workspace-relative folder
 */
export function ownDataPaths(
  workspaceRoot: string,
  directory: string,
  section: 'dataset' | 'model',
): string[] {
  const files = [
    experimentFile,
    ...['configs', 'devices'].flatMap((folder) => yamlFiles(workspaceRoot, directory, folder)),
  ]
  return files.flatMap((file) => namedIn(workspaceRoot, `${directory}/${file}`, section) ?? [])
}

function yamlFiles(workspaceRoot: string, directory: string, folder: string): string[] {
  try {
    const names = readdirSync(join(workspaceRoot, directory, folder))
    return names.filter((name) => name.endsWith('.yaml')).map((name) => `${folder}/${name}`)
  } catch {
    return []
  }
}

function namedIn(workspaceRoot: string, file: string, section: string): string | undefined {
  try {
    const source = readText(workspaceRoot, file)
    // Parsing with positions is slow, and hardly any file names data of its own.
    const tree = source.text.includes('path') ? parseYaml(source) : undefined
    const named = tree && treeAt(tree, [section, 'path'])?.value
    if (named?.kind !== 'scalar' || typeof named.value !== 'string') return undefined
    return readOwnDataPath(named.value).path
  } catch (error) {
    if (isUserError(error)) return undefined
    throw error
  }
}
