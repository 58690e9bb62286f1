import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { hint, UserError } from '@blacksmith/config'
import { requirementsDirectory as directory, requirementsFile } from './environment-name'

/** The pins of an environment: what pip is given, and a digest of all that they say. */
export interface Requirements {
  file: string
  digest: string
}

/**
 * @throws UserError when there are no requirements of that name
 */
export function readRequirements(workspaceRoot: string, name: string): Requirements {
  const file = join(workspaceRoot, requirementsFile(name))
  if (!existsSync(file)) {
    throw new UserError({
      file: requirementsFile(name),
      message: `there are no requirements for a Python environment named ${name}`,
      remedy: hint(name, names(workspaceRoot), 'there are'),
    })
  }
  const hash = createHash('sha256')
  for (const part of withIncluded(file)) hash.update(readFileSync(part))
  return { file, digest: hash.digest('hex') }
}

/** A requirements file and those that it includes with `-r`, in order. */
function withIncluded(file: string): string[] {
  const included = [...readFileSync(file, 'utf8').matchAll(/^\s*(?:-r|--requirement)[\s=]+(\S+)/gm)]
  return [file, ...included.flatMap(([, path = '']) => withIncluded(join(dirname(file), path)))]
}

function names(workspaceRoot: string): string[] {
  const folder = join(workspaceRoot, directory)
  if (!existsSync(folder)) return []
  return readdirSync(folder)
    .filter((entry) => entry.endsWith('.txt'))
    .map((entry) => entry.slice(0, -'.txt'.length))
}
