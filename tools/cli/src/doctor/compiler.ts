import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { promisify } from 'node:util'
import { type Check, ok, warning } from '@blacksmith/devices/checks'

const timeout = 10_000

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

async function output(command: string, args: string[]): Promise<string | undefined> {
  try {
    return (await promisify(execFile)(command, args, { timeout })).stdout.trim()
  } catch {
    // Whatever the reason, it does not run; the check says so.
    return undefined
  }
}
