import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { UserError } from '@blacksmith/config'
import { interpreterNames } from './interpreter-names'
import { pythonVariables } from './python-variables'

const run = promisify(execFile)

const oldest: [number, number] = [3, 11]

/** A Python that environments can be made with. */
export interface Interpreter {
  path: string
  /** For example 3.11.7. */
  version: string
}

/** One minor version of Python, such as 3.12, and the requirements that ask for it. */
export interface NeededPython {
  minor: string
  file: string
}

/**
 * The first Python on the PATH that suits: of the needed version, or any that is new enough where none is.
 *
 * @throws UserError that names what was found instead
 */
export async function findInterpreter(needed?: NeededPython): Promise<Interpreter> {
  const minor = needed?.minor
  const suits = (version: string) => (minor ? version.startsWith(`${minor}.`) : isNewEnough(version))
  const others: string[] = []
  for (const name of [...(minor ? [`python${minor}`] : []), ...interpreterNames({})]) {
    const found = await askVersion(name)
    if (!found) continue
    if (suits(found.version)) return found
    others.push(`${found.path} is ${found.version}`)
  }
  const wanted = `${minor ?? `${oldest.join('.')} or newer`} is needed`
  const install = minor
    ? `install it with its venv module, so that python${minor} is on the PATH`
    : 'install it (Debian: apt install python3 python3-venv)'
  throw new UserError({
    ...(needed ? { file: needed.file } : {}),
    message:
      others.length > 0
        ? `Python ${wanted}; ${[...new Set(others)].join(', ')}`
        : `there is no Python on the PATH; ${wanted}`,
    remedy: `${install}, or name one that has all packages with BLACKSMITH_PYTHON=<path>`,
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
