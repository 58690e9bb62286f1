import { statfs } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { UserError } from '@blacksmith/config'
import type { FileLock } from '@blacksmith/native'
import { requirementsDirectory } from './environment-name'
import { type Ended, type InstallerOptions, runInstaller } from './installer'
import type { Interpreter } from './interpreter'
import { diskFull } from './storage'

/** What is installed, and where. */
export interface Installation {
  interpreter: Interpreter
  folder: string
  /** Path of the pins. */
  requirements: string
  /** Guards the folder. */
  held: FileLock
  onLine: (line: string) => void
  signal: AbortSignal | undefined
}

/** ensurepip hides what went wrong below it, so that a full disk is only seen by looking at the disk. */
const fullBelowBytes = 8 << 20

/**
 * Makes a virtual environment in `folder` and installs the pins into it, with uv where there is one, else with
 * pip. Python starts isolated (`-I`): what lies in the current folder is not imported.
 *
 * @throws UserError
 */
export async function install(o: Installation): Promise<void> {
  const { interpreter, folder, requirements } = o
  const python = join(folder, 'bin', 'python')
  const options: InstallerOptions = { lock: o.held.fd, signal: o.signal }
  const uv = (await runInstaller('uv', ['--version'], options)).ok
  const made = uv
    ? await runInstaller('uv', ['venv', '--quiet', '--python', interpreter.path, folder], options)
    : await runInstaller(interpreter.path, ['-I', '-X', 'utf8', '-m', 'venv', folder], options)
  if (!made.ok) throw await failure(o, made, (lines) => venvFailure(interpreter, lines))
  const telling = { ...options, onLine: (line: string) => tell(line, o.onLine) }
  const pins = uv
    ? // Each pin may come from any of the named indexes, as with pip; without this the first index that knows a
      // package at all must have the pinned version.
      await runInstaller(
        'uv',
        [
          ...['pip', 'install', '--python', python],
          ...['--index-strategy', 'unsafe-best-match', '--requirement', requirements],
          // uv leaves bytecode to whoever starts Python first, and shares its cache's files with other
          // environments by hard links: an edit in one of them would be one in all.
          ...['--compile-bytecode', '--link-mode', 'copy'],
        ],
        telling,
      )
    : await runInstaller(
        python,
        [
          ...['-I', '-X', 'utf8', '-m', 'pip', 'install', '--compile', '--progress-bar', 'off'],
          ...['--requirement', requirements],
        ],
        telling,
      )
  if (!pins.ok) throw await failure(o, pins, (lines) => pinsFailure(requirements, uv, lines))
}

/** An installer's own words, of those lines that tell people something. */
function tell(line: string, onLine: (line: string) => void): void {
  const words = /^\s*(Downloading|Installing collected|Successfully installed|Prepared|Installed|Built) /
  if (words.test(line)) onLine(`  ${line.trim().length > 98 ? `${line.trim().slice(0, 97)}…` : line.trim()}`)
}

/** What to tell people; a stop and a full disk come before whatever an installer made of them. */
async function failure(
  { folder, signal }: Installation,
  { lines }: Ended,
  otherwise: (lines: string[]) => UserError,
): Promise<UserError> {
  if (signal?.aborted) {
    return new UserError({
      message: 'stopped while a Python environment was being made; nothing of it is kept',
      remedy: 'the same command makes it again',
    })
  }
  const { bavail, bsize } = await statfs(dirname(folder))
  if (
    /No space left on device|Disk quota exceeded/i.test(lines.join('\n')) ||
    bavail * bsize < fullBelowBytes
  ) {
    return diskFull()
  }
  return otherwise(lines)
}

const minorOf = (version: string) => version.split('.').slice(0, 2).join('.')

function venvFailure({ path, version }: Interpreter, lines: string[]): UserError {
  const text = lines.join('\n')
  if (/ensurepip is not available|No module named '?(venv|ensurepip)/.test(text)) {
    return new UserError({
      message: `${path} (Python ${version}) cannot make virtual environments: its venv module is missing`,
      remedy: `install it (Debian: apt install python${minorOf(version)}-venv), or name a ready interpreter with BLACKSMITH_PYTHON`,
    })
  }
  return new UserError({
    message: `${path} -m venv failed:\n${lastOf(lines)}`,
    remedy: 'nothing of it is kept; mend the cause and run the same command again',
  })
}

const notToBeHad =
  /Could not find a version|No matching distribution|NewConnectionError|name resolution|Network is unreachable|ConnectTimeout|ConnectionError|ProxyError|SSLError|dns error|Failed to fetch|No solution found|error sending request/i

function pinsFailure(requirements: string, uv: boolean, lines: string[]): UserError {
  const file = `${requirementsDirectory}/${basename(requirements)}`
  // uv's × is escaped to leave our bundle in ASCII, which is read quicker (tools/load-typescript).
  const errors = lines.filter((line) => /^\s*(ERROR|error|\u00d7)|\berror:/.test(line))
  const text = lastOf(errors.length > 0 ? errors : lines)
  if (!notToBeHad.test(lines.join('\n'))) {
    return new UserError({
      file,
      message: `the installation failed:\n${text}`,
      remedy: 'nothing of it is kept; mend the cause and run the same command again',
    })
  }
  const wheels = uv ? 'UV_FIND_LINKS' : 'PIP_FIND_LINKS'
  return new UserError({
    file,
    message: `its packages cannot be had; nothing is kept:\n${text}`,
    remedy: `a package index must be reachable the first time; behind a proxy set HTTPS_PROXY, or give a folder of wheels with ${wheels}, or name a ready interpreter with BLACKSMITH_PYTHON`,
  })
}

function lastOf(lines: string[]): string {
  return lines
    .filter((line) => line.trim() !== '')
    .slice(-6)
    .map((line) => (line.length > 300 ? `${line.slice(0, 299)}…` : line))
    .join('\n')
}
