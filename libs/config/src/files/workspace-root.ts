import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join, resolve } from 'node:path'

/** The folder of nx.json, at or above `from`; undefined when there is none. */
export function enclosingWorkspace(from: string = process.cwd()): string | undefined {
  if (existsSync(join(from, 'nx.json'))) return from
  const parent = dirname(from)
  return parent === from ? undefined : enclosingWorkspace(parent)
}

/**
 * The path that a variable names. A relative one counts from the workspace's root, since Nx and our command, from
 * whatever folder they are called, must come to the same; outside of a workspace from where one is. A `~` at the
 * start is the home folder: a shell puts that in its place, and `.env` is read by none.
 */
export function namedByVariable(path: string, root: string = enclosingWorkspace() ?? ''): string {
  const whole = path.replace(/^~(?=\/|$)/, () => homedir())
  return resolve(root, whole)
}

/** The program or library that a variable names: one without a slash is looked for where the system has such. */
export function programNamedByVariable(name: string, root?: string): string {
  return name.includes('/') ? namedByVariable(name, root) : name
}
