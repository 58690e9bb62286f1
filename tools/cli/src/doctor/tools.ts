import { execFile } from 'node:child_process'
import { accessSync, constants, existsSync, statfsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname } from 'node:path'
import { promisify } from 'node:util'
import { setting } from '@blacksmith/config/header'
import { type Check, fault, ok, warning } from '@blacksmith/devices/checks'
import { formatBytes } from '@blacksmith/text'

const oldestPython = [3, 11]
/** An environment of PyTorch and its checkpoints take about this much. */
const comfortableBytes = 10e9
/** Less than this is soon used up. */
const littleBytes = 50e6
const timeout = 10_000

export async function checkPython(env: NodeJS.ProcessEnv): Promise<Check> {
  const command = setting('BLACKSMITH_PYTHON', env) ?? 'python3'
  const remedy =
    'install Python 3.11 or newer (Debian: apt install python3 python3-venv), or name one in BLACKSMITH_PYTHON'
  const version = await output(command, ['-c', 'import sys; print("%d.%d.%d" % sys.version_info[:3])'])
  if (version === undefined) return fault('python', `${command} does not run`, remedy)
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const [needed = 0, neededMinor = 0] = oldestPython
  const old = major < needed || (major === needed && minor < neededMinor)
  return old ? fault('python', `${command} is ${version}`, remedy) : ok('python', `${command} is ${version}`)
}

export async function checkCompiler(env: NodeJS.ProcessEnv): Promise<Check> {
  const command = env.CXX || 'g++'
  // With arguments, as `ccache g++`, a shell reads it; a path may have spaces.
  const version = existsSync(command)
    ? await output(command, ['--version'])
    : await output('sh', ['-c', `${command} --version`])
  if (version) return ok('compiler', version.split('\n')[0] ?? command)
  return warning(
    'compiler',
    `${command} does not run: native/ cannot be built again`,
    'install g++ 11 or newer (Debian: apt install g++), or name a compiler in CXX',
  )
}

export function checkDisk(home: string): Check {
  let folder = home
  while (!existsSync(folder)) folder = dirname(folder)
  const { bavail, bsize } = statfsSync(folder)
  const free = bavail * bsize
  const detail = `${formatBytes(free)} free for ${home}`
  if (free >= comfortableBytes) return ok('disk', detail)
  return warning(
    'disk',
    detail,
    'free some (`npx blacksmith store gc`), or set BLACKSMITH_HOME to a folder on a larger disk',
  )
}

/** The folder that programs put into what they only need meanwhile; trainers have one of their own in it. */
export function checkTemporary(folder = tmpdir()): Check {
  const name = 'temporary'
  const remedy = 'set TMPDIR to a folder that you can write to'
  try {
    accessSync(folder, constants.W_OK | constants.X_OK)
    const { bavail, bsize } = statfsSync(folder)
    if (bavail * bsize >= littleBytes) return ok(name, `${folder} can be written`)
    return warning(name, `${folder} is full`, 'free some of it, or set TMPDIR to a folder on another disk')
  } catch (error) {
    return fault(name, `${folder} cannot be written (${(error as NodeJS.ErrnoException).code})`, remedy)
  }
}

async function output(command: string, args: string[]): Promise<string | undefined> {
  try {
    return (await promisify(execFile)(command, args, { timeout })).stdout.trim()
  } catch {
    // Whatever the reason, it does not run; the check says so.
    return undefined
  }
}
