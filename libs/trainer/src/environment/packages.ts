import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'

/** Tools of the environment itself: no recipe computes with them, and their versions differ from box to box. */
const tools = new Set(['pip', 'setuptools', 'wheel'])

/** Name → version of every package installed in a virtual environment, from the folders that installers leave. */
export async function installedPackages(environment: string): Promise<Record<string, string>> {
  const packages: [string, string][] = []
  for (const folder of await sitePackages(environment)) {
    for (const entry of await readdir(folder)) {
      const match = entry.match(/^(.+)-([^-]+)\.dist-info$/)
      const [, name = '', version = ''] = match ?? []
      if (match && !tools.has(normalised(name))) packages.push([normalised(name), version])
    }
  }
  return Object.fromEntries(packages.sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** PEP 503: `Typing_Extensions` and `typing-extensions` are one package. */
export function normalised(name: string): string {
  return name.replace(/[-_.]+/g, '-').toLowerCase()
}

async function sitePackages(environment: string): Promise<string[]> {
  const lib = join(environment, 'lib')
  const versions = existsSync(lib) ? await readdir(lib) : []
  return versions.map((version) => join(lib, version, 'site-packages')).filter(existsSync)
}
