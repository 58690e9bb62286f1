import { readdir } from 'node:fs/promises'
import { join } from 'node:path'

/** Tools of the environment itself: no recipe computes with them, and their versions differ from box to box. */
const tools = new Set(['pip', 'setuptools', 'wheel', 'uv'])

/** Name → version of every package installed in a virtual environment, from the folders that installers leave. */
export async function installedPackages(environment: string): Promise<Record<string, string>> {
  const found: [string, string][] = []
  const lib = join(environment, 'lib')
  const versions = (await readdir(lib)).filter((entry) => entry.startsWith('python'))
  for (const version of versions) {
    for (const entry of await readdir(join(lib, version, 'site-packages'))) {
      const [, name, installed] = entry.match(/^(.+)-([^-]+)\.dist-info$/) ?? []
      if (name !== undefined && installed !== undefined) found.push([name, installed])
    }
  }
  return asPackages(found)
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
    const plain = normalised(name)
    if (!tools.has(plain) && !packages.has(plain)) packages.set(plain, version)
  }
  return Object.fromEntries([...packages].sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** PEP 503: `Typing_Extensions` and `typing-extensions` are one package. */
function normalised(name: string): string {
  return name.replace(/[-_.]+/g, '-').toLowerCase()
}
