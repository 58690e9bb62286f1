import { join } from 'node:path'
import { folderOf } from './environment-folder'
import { findInterpreter } from './interpreter'
import { readRequirements } from './requirements'
import { readStamp } from './stamp'

/** What an environment is besides its pins. */
export type Foreseen = {
  /** The version of its Python, for example 3.11.7. */
  python: string
  /** Of packages that hold other files than they were published with. */
  changed: Record<string, string>
}

/**
 * What an environment is, or where it has to be made, will be. Of one that stands it is read; else a Python is started
 * to ask for its version, and nothing is installed.
 *
 * @throws UserError for requirements that cannot be read, and where no Python suits them
 */
export async function foreseeEnvironment(
  name: string,
  { workspaceRoot, home }: { workspaceRoot: string; home: string },
): Promise<Foreseen> {
  const { digest, python } = readRequirements(workspaceRoot, name)
  const folder = await folderOf(home, name, digest)
  const made = await readStamp(folder, join(folder, 'bin', 'python'))
  if (!made) return { python: (await findInterpreter(python)).version, changed: {} }
  const changed = Object.entries(made.packages).filter(([, version]) =>
    /[+.]changed\.[0-9a-f]+$/.test(version),
  )
  return { python: made.pythonVersion, changed: Object.fromEntries(changed) }
}
