import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { UserError } from '@blacksmith/config'
import { pythonVariables } from '../process/python-variables'
import type { Environment } from './environment'
import { askVersion, isNewEnough } from './interpreter'
import { normalised } from './packages'

const run = promisify(execFile)

/** Prints `name==version` of every package that the interpreter can import. */
const listing =
  'import importlib.metadata as m\nfor d in m.distributions(): print(d.metadata["Name"], d.version, sep="==")'

/**
 * The environment of an interpreter that is already there, a cluster's module or a vendor's container, as
 * BLACKSMITH_PYTHON names it. Nothing is installed into it.
 */
export async function givenEnvironment(name: string, python: string): Promise<Environment> {
  const found = await askVersion(python)
  if (!found || !isNewEnough(found.version)) {
    throw new UserError({
      message: `BLACKSMITH_PYTHON=${python} ${found ? `is Python ${found.version}` : 'does not run'}`,
      remedy: 'give the path of a Python 3.11 or newer, or unset it so that an environment is made',
    })
  }
  const { stdout } = await run(python, ['-c', listing], {
    env: pythonVariables(process.env),
    maxBuffer: 1 << 26,
  })
  const packages = stdout
    .trim()
    .split('\n')
    .map((line) => line.split('=='))
    .map(([distribution = '', version = '']): [string, string] => [normalised(distribution), version])
    .sort(([a], [b]) => (a < b ? -1 : 1))
  return { name, python, pythonVersion: found.version, packages: Object.fromEntries(packages) }
}
