import { execFile } from 'node:child_process'
import { existsSync, statfsSync } from 'node:fs'
import { dirname } from 'node:path'
import { promisify } from 'node:util'
import { type Check, fault, ok, warning } from './check'

const oldestPython = [3, 11]
/** An environment of PyTorch and its checkpoints take about this much. */
const comfortableBytes = 10e9
const timeout = 10_000

export async function checkPython(env: NodeJS.ProcessEnv): Promise<Check> {
  const command = env.BLACKSMITH_PYTHON || 'python3'
  const remedy =
    'Install Python 3.11 or newer (Debian: apt install python3 python3-venv), or name one in BLACKSMITH_PYTHON'
  const version = await output(command, ['-c', 'import sys; print("%d.%d.%d" % sys.version_info[:3])'])
  if (version === undefined) return fault('python', `${command} does not run`, remedy)
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const [needed = 0, neededMinor = 0] = oldestPython
  const old = major < needed || (major === needed && minor < neededMinor)
  return old ? fault('python', `${command} is ${version}`, remedy) : ok('python', `${command} is ${version}`)
}

export async function checkCompiler(env: NodeJS.ProcessEnv): Promise<Check> {
  const command = env.CXX || 'g++'
  const version = await output(command, ['--version'])
  if (version) return ok('compiler', version.split('\n')[0] ?? command)
  return warning(
    'compiler',
    `${command} does not run: native/ cannot be built again`,
    'Install g++ 11 or newer (Debian: apt install g++), or name a compiler in CXX',
  )
}

export function checkDisk(home: string): Check {
  let folder = home
  while (!existsSync(folder)) folder = dirname(folder)
  const { bavail, bsize } = statfsSync(folder)
  const free = bavail * bsize
  const detail = `${(free / 1e9).toFixed(1)} GB free for ${home}`
  if (free >= comfortableBytes) return ok('disk', detail)
  return warning(
    'disk',
    detail,
    'Free some (`npx blacksmith store gc`), or set BLACKSMITH_HOME to a folder on a larger disk',
  )
}

async function output(command: string, args: string[]): Promise<string | undefined> {
  try {
    return (await promisify(execFile)(command, args, { timeout })).stdout.trim()
  } catch {
    // Whatever the reason, it does not run; the check says so.
    return undefined
  }
}
