import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { departures } from './as-published'
import { plainName } from './pins'
import type { TreeRecord } from './tree-record'

/** Tools of the environment itself: no recipe computes with them, and their versions differ from box to box. */
const tools = new Set(['pip', 'setuptools', 'wheel', 'uv'])

/**
 * Name → version of every package installed in a virtual environment, from the folders that installers leave. One
 * that holds other files than it was published with has that in its version: `1.0+changed.0123456789abcdef`.
 */
export async function installedPackages(
  environment: string,
  files: TreeRecord['files'],
): Promise<Record<string, string>> {
  const folders: string[] = []
  const versions = (await readdir(join(environment, 'lib'))).filter((entry) => entry.startsWith('python'))
  for (const version of versions) {
    const site = `lib/${version}/site-packages`
    for (const entry of await readdir(join(environment, site))) folders.push(`${site}/${entry}`)
  }
  const metadata = folders.filter((folder) => folder.endsWith('.dist-info'))
  const departed = await departures(environment, metadata, files)
  return asPackages(
    metadata.map((folder) => {
      const [, name = null, installed = null] = folder.match(/([^/]+)-([^-]+)\.dist-info$/) ?? []
      return [name, installed && labelled(installed, 'changed', departed.get(folder))]
    }),
  )
}

/** A version with a word and the beginning of a digest in its local part, as PEP 440 has it; as it is without. */
export function labelled(version: string, word: string, digest: string | undefined): string {
  if (digest === undefined) return version
  return `${version}${version.includes('+') ? '.' : '+'}${word}.${digest.slice(0, 16)}`
}

/**
 * Distributions in the order in which Python finds them, as a record in the order of their names. Of two of one
 * name Python imports the first; a folder that was half removed has no name.
 */
export function asPackages(
  found: readonly (readonly [string | null, string | null])[],
): Record<string, string> {
  const packages = new Map<string, string>()
  for (const [name, version] of found) {
    if (name === null || version === null) continue
    const plain = plainName(name)
    if (!tools.has(plain) && !packages.has(plain)) packages.set(plain, version)
  }
  return Object.fromEntries([...packages].sort(([a], [b]) => (a < b ? -1 : 1)))
}
