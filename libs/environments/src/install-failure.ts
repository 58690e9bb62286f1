import { UserError } from '@blacksmith/config'
import type { Interpreter } from './interpreter'

const minorOf = (version: string) => version.split('.').slice(0, 2).join('.')

/** The message for a virtual environment that could not be made. */
export function venvFailure({ path, version }: Interpreter, lines: string[]): UserError {
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

/**
 * The message for pins that could not be installed.
 *
 * @param file workspace-relative path of the pins
 */
export function pinsFailure(file: string, uv: boolean, lines: string[]): UserError {
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
