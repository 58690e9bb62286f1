import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { type FileLock, lock } from '@blacksmith/native'
import { givenEnvironment } from './given-environment'
import { install } from './install'
import { findInterpreter } from './interpreter'
import { installedPackages } from './packages'
import { type Requirements, readRequirements } from './requirements'
import { readStamp, writeStamp } from './stamp'
import { explainStorage } from './storage'

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

/** How somebody follows the making of an environment, and stops it. */
export interface MakingOptions extends EnvironmentOptions {
  /**
   * Is told what happens, in whole lines. Nx records them and prints them again whenever it finds the target in
   * its cache, so each says when it was true.
   */
  onLine: (line: string) => void
  signal?: AbortSignal
}

/** The environment if it is there: one look and one read, no process (unless BLACKSMITH_PYTHON names one). */
export async function inspectEnvironment(
  name: string,
  { workspaceRoot, home }: EnvironmentOptions,
): Promise<Environment | undefined> {
  const requirements = readRequirements(workspaceRoot, name)
  const given = process.env.BLACKSMITH_PYTHON
  if (given) return givenEnvironment(name, given)
  return standing(folderOf(home, name, requirements), name)
}

/**
 * The environment, made on its first use and shared by all experiments. It is made in its final place, since a
 * virtual environment cannot be moved; a half-made one has no stamp and is made again.
 *
 * @throws UserError when Python, a package or the space for it is missing, and when it is stopped
 */
export async function ensureEnvironment(name: string, o: MakingOptions): Promise<Environment> {
  const found = await inspectEnvironment(name, o)
  if (found) return found
  const requirements = readRequirements(o.workspaceRoot, name)
  const folder = folderOf(o.home, name, requirements)
  return explainStorage(o.home, async () => {
    await mkdir(join(o.home, 'envs'), { recursive: true })
    const held = await lock(`${folder}.lock`, 'exclusive', {
      onWait: () => o.onLine(`${firstUse(name)}: another run was making it; this one waited`),
      ...(o.signal ? { signal: o.signal } : {}),
    })
    try {
      return (await standing(folder, name)) ?? (await make(name, folder, requirements, held, o))
    } finally {
      held.close()
    }
  })
}

async function make(
  name: string,
  folder: string,
  requirements: Requirements,
  held: FileLock,
  { onLine, signal }: MakingOptions,
): Promise<Environment> {
  const interpreter = await findInterpreter(requirements.python)
  onLine(`${firstUse(name)}: it is made with Python ${interpreter.version}, once for all runs`)
  // What was there is half-made, or its interpreter is another one by now.
  await rm(folder, { recursive: true, force: true })
  try {
    await install({ interpreter, folder, requirements: requirements.file, held, onLine, signal })
    const made = { pythonVersion: interpreter.version, packages: await installedPackages(folder) }
    await writeStamp(folder, pythonIn(folder), made)
    onLine(`${firstUse(name)}: ${Object.keys(made.packages).length} packages were installed`)
    return { name, python: pythonIn(folder), ...made }
  } catch (error) {
    await rm(folder, { recursive: true, force: true })
    throw error
  }
}

function firstUse(name: string): string {
  return `first use of the Python environment ${name}`
}

async function standing(folder: string, name: string): Promise<Environment | undefined> {
  const python = pythonIn(folder)
  const made = await readStamp(folder, python)
  return made && { name, python, ...made }
}

function folderOf(home: string, name: string, { digest }: Requirements): string {
  return join(home, 'envs', `${name}-${digest.slice(0, 16)}`)
}

function pythonIn(folder: string): string {
  return join(folder, 'bin', 'python')
}
