import { execFile } from 'node:child_process'
import { resolve } from 'node:path'
import { promisify } from 'node:util'
import { UserError } from '@blacksmith/config'
import { pythonVariables } from '../process/python-variables'
import type { Environment } from './environment'
import { isNewEnough } from './interpreter'
import { asPackages } from './packages'

const run = promisify(execFile)

/** Prints, as JSON on a line of its own, the version and every package that the interpreter can import. */
const listing = [
  'import importlib.metadata as m, json, platform',
  'found = [[d.metadata["Name"], d.version] for d in m.distributions()]',
  'print()',
  'print(json.dumps({"version": platform.python_version(), "packages": found}))',
].join('\n')

type Listing = { version: string; packages: [string | null, string | null][] }

/** An interpreter is asked once in a process: that takes a good part of a second where much is installed. */
const asked = new Map<string, Promise<Listing>>()

/**
 * The environment of an interpreter that is already there, a cluster's module or a vendor's container, as
 * BLACKSMITH_PYTHON names it. Nothing is installed into it.
 *
 * @throws UserError
 */
export async function givenEnvironment(name: string, given: string): Promise<Environment> {
  // A trainer runs in another folder. A command's own file, and not what it leads to: it may be a script that
  // prepares the interpreter.
  const python = given.includes('/') ? resolve(given) : given
  const listed = asked.get(python) ?? ask(python, given)
  asked.set(python, listed)
  listed.catch(() => asked.delete(python))
  const { version, packages } = await listed
  return { name, python, pythonVersion: version, packages: asPackages(packages) }
}

async function ask(python: string, given: string): Promise<Listing> {
  const listed = await list(python).catch((error: NodeJS.ErrnoException & { stderr?: string }) => {
    const reason = error.stderr?.trim().split('\n').at(-1) || error.code || error.message
    throw refusal(given, `does not run: ${reason}`)
  })
  if (!isNewEnough(listed.version)) throw refusal(given, `is Python ${listed.version}`)
  return listed
}

async function list(python: string): Promise<Listing> {
  const { stdout } = await run(python, ['-c', listing], {
    env: pythonVariables(process.env),
    // Not here: `-c` would import from the current folder first.
    cwd: '/',
    maxBuffer: 1 << 26,
    timeout: 60_000,
  })
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Listing
}

function refusal(given: string, what: string): UserError {
  return new UserError({
    message: `BLACKSMITH_PYTHON=${given} ${what}`,
    remedy: 'give the path of a Python 3.11 or newer, or unset it so that an environment is made',
  })
}
