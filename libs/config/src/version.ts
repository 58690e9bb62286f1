import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Where the version is kept. */
export const versionFile = join(__dirname, '..', 'version.json')

/**
 * The version of how configs resolve and of what their keys mean, from version.json. It is part of every
 * artifact's key: whoever changes either raises it, and everything trains anew.
 */
export function readVersion(): number {
  const { version } = JSON.parse(readFileSync(versionFile, 'utf8'))
  if (!Number.isSafeInteger(version)) throw new TypeError(`${versionFile}: version is ${version}`)
  return version
}
