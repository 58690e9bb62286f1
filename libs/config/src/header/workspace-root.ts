import { existsSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'

/** The folder of nx.json, at or above `from`; undefined when there is none. */
export function enclosingWorkspace(from: string = process.cwd()): string | undefined {
  if (existsSync(join(from, 'nx.json'))) return from
  const parent = dirname(from)
  return parent === from ? undefined : enclosingWorkspace(parent)
}

/**
 * The path that a variable names. A relative one counts from the workspace's root, since Nx and our command, from
 * whatever folder they are called, must come to the same; outside of a workspace from where one is.
 */
export function namedByVariable(path: string): string {
  return resolve(enclosingWorkspace() ?? '', path)
}
