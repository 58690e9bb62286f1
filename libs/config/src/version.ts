import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * The version of how configs resolve and of what their keys mean, from version.json. It is part of every
 * artifact's key: whoever changes either raises it, and everything trains anew.
 */
export function readVersion(): number {
  const { version } = JSON.parse(readFileSync(join(__dirname, '..', 'version.json'), 'utf8'))
  if (!Number.isSafeInteger(version)) throw new TypeError(`libs/config/version.json: version is ${version}`)
  return version
}
