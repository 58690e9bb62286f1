import { existsSync } from 'node:fs'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { UserError } from '@blacksmith/config'
import { lock } from '@blacksmith/native'
import { givenEnvironment } from './given-environment'
import { install } from './install'
import { findInterpreter } from './interpreter'
import { installedPackages } from './packages'
import { type Requirements, readRequirements } from './requirements'

/** An interpreter with what is installed for it; both are part of the keys of what it computes. */
export interface Environment {
  name: string
  /** Path of the interpreter. */
  python: string
  pythonVersion: string
  /** Name → version with its local label: `torch: 2.13.0+cpu`. */
  packages: Record<string, string>
}

export interface EnvironmentOptions {
  workspaceRoot: string
  /** The store's folder; environments live in `<home>/envs`. */
  home: string
}

/** Written last: a folder without it was never finished. */
const stampName = 'environment.json'

/** The environment if it is there: one look and one read, no process (unless BLACKSMITH_PYTHON names one). */
export async function inspectEnvironment(
  name: string,
  { workspaceRoot, home }: EnvironmentOptions,
): Promise<Environment | undefined> {
  const requirements = readRequirements(workspaceRoot, name)
  const given = process.env.BLACKSMITH_PYTHON
  if (given) return givenEnvironment(name, given)
  return readStamp(folderOf(home, name, requirements), name)
}

/**
 * The environment, made on its first use and shared by all experiments. It is made in its final place, since a
 * virtual environment cannot be moved; a half-made one has no stamp and is made again.
 *
 * @param o.onLine is told what the installation does, in whole lines
 * @throws UserError when Python, a package or the space for it is missing
 */
export async function ensureEnvironment(
  name: string,
  o: EnvironmentOptions & { onLine: (line: string) => void; signal?: AbortSignal },
): Promise<Environment> {
  const found = await inspectEnvironment(name, o)
  if (found) return found
  const requirements = readRequirements(o.workspaceRoot, name)
  const folder = folderOf(o.home, name, requirements)
  await mkdir(join(o.home, 'envs'), { recursive: true })
  const held = await lock(`${folder}.lock`, 'exclusive', {
    onWait: () => o.onLine(`another run is making the Python environment ${name}; waiting for it`),
    ...(o.signal ? { signal: o.signal } : {}),
  })
  try {
    return (await readStamp(folder, name)) ?? (await make(name, folder, requirements, o.onLine))
  } finally {
    held.close()
  }
}

async function make(
  name: string,
  folder: string,
  requirements: Requirements,
  onLine: (line: string) => void,
): Promise<Environment> {
  const interpreter = await findInterpreter()
  onLine(`making the Python environment ${name} with Python ${interpreter.version}; this is done once`)
  await rm(folder, { recursive: true, force: true })
  await install(interpreter, folder, requirements.file, onLine)
  const environment = {
    name,
    python: pythonIn(folder),
    pythonVersion: interpreter.version,
    packages: await installedPackages(folder),
  }
  const { pythonVersion, packages } = environment
  await writeFile(
    join(folder, `${stampName}.new`),
    `${JSON.stringify({ pythonVersion, packages }, null, 2)}\n`,
  )
  await rename(join(folder, `${stampName}.new`), join(folder, stampName))
  onLine(`the Python environment ${name} is ready: ${Object.keys(packages).length} packages`)
  return environment
}

/** What a finished environment says of itself; undefined when it is half-made or its interpreter is gone. */
async function readStamp(folder: string, name: string): Promise<Environment | undefined> {
  const python = pythonIn(folder)
  // existsSync follows links: the interpreter that the environment was made with may have been removed.
  if (!existsSync(python)) return undefined
  const text = await readFile(join(folder, stampName), 'utf8').catch(() => undefined)
  if (text === undefined) return undefined
  try {
    const { pythonVersion, packages } = JSON.parse(text) as Pick<Environment, 'pythonVersion' | 'packages'>
    return { name, python, pythonVersion, packages }
  } catch {
    throw new UserError({
      file: join(folder, stampName),
      message: 'is not JSON',
      remedy: `remove the folder, and it is made again: rm -r ${JSON.stringify(folder)}`,
    })
  }
}

function folderOf(home: string, name: string, { digest }: Requirements): string {
  return join(home, 'envs', `${name}-${digest.slice(0, 16)}`)
}

function pythonIn(folder: string): string {
  return join(folder, 'bin', 'python')
}
