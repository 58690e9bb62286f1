import { spawn } from 'node:child_process'
import { basename, join } from 'node:path'
import { UserError } from '@blacksmith/config'
import { readLines } from '../events/lines'
import { pythonVariables } from '../process/python-variables'
import type { Interpreter } from './interpreter'

/** What an installer printed, for the message when it fails. */
interface Ended {
  ok: boolean
  lines: string[]
}

/**
 * Makes a virtual environment in `folder` and installs the pins into it, with uv where there is one, else with
 * pip.
 *
 * @throws UserError
 */
export async function install(
  interpreter: Interpreter,
  folder: string,
  requirements: string,
  onLine: (line: string) => void,
): Promise<void> {
  const python = join(folder, 'bin', 'python')
  const uv = (await run('uv', ['--version'])).ok
  const make = uv
    ? await run('uv', ['venv', '--quiet', '--python', interpreter.path, folder])
    : await run(interpreter.path, ['-m', 'venv', folder])
  if (!make.ok) throw venvFailure(interpreter, make.lines)
  const tell = (line: string) => {
    if (/^(Downloading|Installing|Successfully installed|Prepared|Installed)/.test(line))
      onLine(shortened(line))
  }
  const pins = uv
    ? await run('uv', ['pip', 'install', '--python', python, '--requirement', requirements], tell)
    : await run(
        python,
        ['-m', 'pip', 'install', '--progress-bar', 'off', '--requirement', requirements],
        tell,
      )
  if (!pins.ok) throw installFailure(basename(requirements), pins.lines)
}

function run(command: string, args: string[], onLine?: (line: string) => void): Promise<Ended> {
  return new Promise((resolve) => {
    const lines: string[] = []
    const child = spawn(command, args, {
      env: pythonVariables(process.env),
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const take = (line: string) => {
      lines.push(line)
      onLine?.(line)
    }
    const heard = Promise.all([readLines(child.stdout, take), readLines(child.stderr, take)])
    child.once('error', (error) => resolve({ ok: false, lines: [error.message] }))
    child.once('close', (code) => void heard.then(() => resolve({ ok: code === 0, lines })))
  })
}

function venvFailure({ path, version }: Interpreter, lines: string[]): UserError {
  const text = lines.join('\n')
  if (/ensurepip|No module named venv/.test(text)) {
    return new UserError({
      message: `${path} (Python ${version}) cannot make virtual environments: its venv module is missing`,
      remedy: 'Debian: apt install python3-venv',
    })
  }
  return (
    spaceFailure(text) ??
    new UserError({ message: `${path} -m venv failed:\n${text}`, remedy: 'mend it and try again' })
  )
}

function installFailure(file: string, lines: string[]): UserError {
  const errors = lines.filter((line) => /error|warning: retrying/i.test(line))
  const text = (errors.length > 0 ? errors : lines).slice(-8).join('\n')
  const space = spaceFailure(text)
  if (space) return space
  const noIndex =
    /Could not find a version|No matching distribution|NewConnectionError|name resolution|Network is unreachable|ConnectTimeout|dns error/i
  if (noIndex.test(lines.join('\n'))) {
    return new UserError({
      file: `libs/python/requirements/${file}`,
      message: `its packages cannot be had:\n${text}`,
      remedy:
        'a package index must be reachable the first time; behind a proxy set HTTPS_PROXY, or give pip a folder of wheels with PIP_FIND_LINKS, or name a ready interpreter with BLACKSMITH_PYTHON',
    })
  }
  return new UserError({
    file: `libs/python/requirements/${file}`,
    message: `the installation failed:\n${text}`,
    remedy: 'nothing of it is kept; mend the cause and run the same command again',
  })
}

function spaceFailure(text: string): UserError | undefined {
  if (!/No space left on device/i.test(text)) return undefined
  return new UserError({
    message: 'the disk is full: the Python environment could not be made',
    remedy: 'free some gigabytes, or set BLACKSMITH_HOME to a folder on another disk',
  })
}

function shortened(line: string): string {
  return line.length > 100 ? `${line.slice(0, 99)}…` : line
}
