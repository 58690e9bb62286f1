import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { UserError } from '@blacksmith/config'
import { pythonVariables } from '../process/python-variables'
import { interpreterNames } from './interpreter-names'

const run = promisify(execFile)

const oldest: [number, number] = [3, 11]

/** A Python that environments can be made with. */
export interface Interpreter {
  path: string
  /** For example 3.11.7. */
  version: string
}

/**
 * The first Python on the PATH that is new enough.
 *
 * @throws UserError that names what was found instead
 */
export async function findInterpreter(): Promise<Interpreter> {
  const tooOld: string[] = []
  for (const name of interpreterNames({})) {
    const found = await askVersion(name)
    if (!found) continue
    if (isNewEnough(found.version)) return found
    tooOld.push(`${found.path} is ${found.version}`)
  }
  const needed = `${oldest.join('.')} or newer is needed`
  throw new UserError({
    message:
      tooOld.length > 0
        ? `Python ${needed}; ${[...new Set(tooOld)].join(', ')}`
        : `there is no Python on the PATH; ${needed}`,
    remedy:
      'install it (Debian: apt install python3 python3-venv), or name one with BLACKSMITH_PYTHON=<path>',
  })
}

/** What a command says of itself; undefined when it is no Python that runs. */
export async function askVersion(command: string): Promise<Interpreter | undefined> {
  const code = 'import platform, sys; print(platform.python_version()); print(sys.executable)'
  try {
    const { stdout } = await run(command, ['-I', '-c', code], {
      env: pythonVariables(process.env),
      timeout: 30_000,
    })
    const [version = '', path = ''] = stdout.trim().split('\n').slice(-2)
    return /^\d+\.\d+/.test(version) && path !== '' ? { version, path } : undefined
  } catch {
    // It is not there, is no Python, or is one that cannot start: each a reason to try the next name.
    return undefined
  }
}

export function isNewEnough(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return major > oldest[0] || (major === oldest[0] && minor >= oldest[1])
}
