import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import { enclosingWorkspace } from './files/workspace-root'

/** Where the version is kept. */
const versionFile = join(__dirname, '..', 'version.json')

/**
 * The version of how configs resolve and of what their keys mean, from version.json. It is part of every
 * artifact's key: whoever changes either raises it, and everything trains anew.
 */
export function readVersion(): number {
  const { version } = JSON.parse(readFileSync(versionFile, 'utf8'))
  if (!Number.isSafeInteger(version)) throw new TypeError(`${versionFile}: version is ${version}`)
  return version
}

/**
 * The workspace-relative path of the file that says so, where a workspace holds the build system's own source: who
 * changes it has everything trained anew. Undefined where it is installed.
 */
export function versionFileIn(workspaceRoot: string): string | undefined {
  const repository = enclosingWorkspace(dirname(versionFile))
  const file = repository === undefined ? '' : relative(repository, versionFile)
  if (file === '' || file.split(sep).includes('node_modules')) return undefined
  return existsSync(join(workspaceRoot, file)) ? file : undefined
}
