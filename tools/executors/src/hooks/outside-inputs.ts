import { createHash } from 'node:crypto'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { ownDataPaths } from '@blacksmith/config/header'
import { presentKinds } from '@blacksmith/devices/present-kinds'
import type { CommandLine } from './command-line'

/** The variable by which it comes into Nx's hash. */
export const outsideVariable = 'BLACKSMITH_OUTSIDE'

/**
 * A digest of what may shape a result of this command but lies where Nx does not look: a person's own data, which
 * `dataset.path` names, and the kinds of device that the box has where `--device=auto` asks for the first of them.
 * Coarse and safe, as all that Nx watches: of data it is what their file system says of each file, so that a look
 * costs no reading. Empty where the command depends on nothing outside.
 *
 * @param experiments project name → workspace-relative folder
 */
export function outsideInputs(
  workspaceRoot: string,
  { projects, set, device }: CommandLine,
  experiments: ReadonlyMap<string, string>,
): string {
  const directories = (projects ?? [...experiments.keys()]).map((project) => experiments.get(project) ?? '')
  const paths = [
    ...directories.flatMap((directory) => ownDataPaths(workspaceRoot, directory)),
    ...set.flatMap(pathsIn),
  ].map((path) => resolve(workspaceRoot, path))
  const kinds = device === 'auto' ? [...presentKinds()] : []
  if (paths.length + kinds.length === 0) return ''
  const hash = createHash('sha256').update(JSON.stringify(kinds))
  for (const path of [...new Set(paths)].sort()) hash.update(JSON.stringify([path, stateOf(path)]))
  return hash.digest('hex')
}

/** What a `--set` may name as the data: the rest of the word, or up to a comma, where nx itself splits it. */
function pathsIn(flag: string): string[] {
  const [, rest = ''] = flag.match(/dataset\.path\s*=\s*(.+)/s) ?? []
  return [rest, ...rest.split(',')].map((path) => path.trim().replace(/^(["'])(.*)\1$/, '$2')).filter(Boolean)
}

/**
 * Name, length and times of every file; the time of the last change of an inode cannot be set back. What cannot be
 * looked at counts as such: the target that reads it tells what is wrong, and the others go on.
 */
function stateOf(path: string): unknown[] {
  try {
    return listing(path)
  } catch (error) {
    return [(error as NodeJS.ErrnoException).code]
  }
}

function listing(path: string): unknown[] {
  if (!existsSync(path)) return []
  const entries = statSync(path).isDirectory()
    ? readdirSync(path, { recursive: true, encoding: 'utf8' }).sort()
    : ['']
  return entries.map((entry) => {
    const state = statSync(join(path, entry), { bigint: true, throwIfNoEntry: false })
    return [entry, ...(state ? [state.size, state.mtimeNs, state.ctimeNs, state.ino].map(String) : [])]
  })
}
