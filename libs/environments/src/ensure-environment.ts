import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setting } from '@blacksmith/config/header'
import { type FileLock, lock } from '@blacksmith/native'
import type { Environment } from './environment'
import { environmentsIn, folderOf, holdEnvironment, makingLock } from './environment-folder'
import { givenEnvironment } from './given-environment'
import { withSnapshots } from './in-use'
import { install, temporaryFor } from './install'
import { findInterpreter } from './interpreter'
import { examine, recordMade, untouched } from './made-tree'
import { MakingProgress } from './making-progress'
import { installedPackages } from './packages'
import { type Requirements, readRequirements } from './requirements'
import { noteUse, readStamp, removeStamp, writeStamp } from './stamp'
import { explainStorage } from './storage'

export interface EnvironmentOptions {
  workspaceRoot: string
  /** The store's folder; environments live in `<home>/envs`. */
  home: string
}

/** How somebody follows the making of an environment, and stops it. */
export interface MakingOptions extends EnvironmentOptions {
  /**
   * Called with what happens, in whole lines. Nx records them and prints them again whenever it finds the target in
   * its cache, so each says when it was true.
   */
  onLine: (line: string) => void
  signal?: AbortSignal
}

/**
 * The environment if it is there: one look and one read, no process (unless BLACKSMITH_PYTHON names one). Whether
 * its files are still what was installed is not looked at: where they are not, an execution makes it again from
 * the same pins, with the packages that are named here.
 */
export async function inspectEnvironment(
  name: string,
  { workspaceRoot, home }: EnvironmentOptions,
): Promise<Environment | undefined> {
  const requirements = readRequirements(workspaceRoot, name)
  const given = setting('BLACKSMITH_PYTHON')
  if (given) return givenEnvironment(name, given, { home, planning: true })
  return standing(await folderOf(home, name, requirements.digest), name)
}

/**
 * The environment, made on its first use and shared by all experiments. It is made in its final place, since a
 * virtual environment cannot be moved; a half-made one has no stamp and is made again. So is one of which a file
 * is not what was installed.
 *
 * @throws UserError when Python, a package or the space for it is missing, and when it is stopped
 */
export async function ensureEnvironment(name: string, o: MakingOptions): Promise<Environment> {
  const requirements = readRequirements(o.workspaceRoot, name)
  const given = setting('BLACKSMITH_PYTHON')
  if (given) return givenEnvironment(name, given, o)
  const { digest } = requirements
  const stop = o.signal ? { signal: o.signal } : {}
  await holdEnvironment(o.home, digest, {
    onWait: () => o.onLine(`the Python environment ${name}: it was about to be taken away; this run waited`),
    ...stop,
  })
  const there = await folderOf(o.home, name, digest)
  const [found, snapshot] = await Promise.all([standing(there, name), untouched(there), noteUse(there)])
  if (found && snapshot) return withSnapshots(found, [snapshot])
  return explainStorage(o.home, async () => {
    await mkdir(environmentsIn(o.home), { recursive: true })
    const held = await lock(makingLock(o.home, digest), 'exclusive', {
      onWait: () => o.onLine(`${firstUse(name)}: another run was making it; this one waited`),
      ...stop,
    })
    try {
      await holdEnvironment(o.home, digest, stop)
      const folder = await folderOf(o.home, name, digest)
      const present = await standing(folder, name)
      if (!present) return await make(name, folder, requirements, { ...o, held, title: firstUse(name) })
      const finding = await examine(folder)
      if ('snapshot' in finding) return withSnapshots(present, [finding.snapshot])
      const title = `the Python environment ${name}`
      o.onLine(`${title} ${finding.because}; it is made again`)
      return await make(name, folder, requirements, { ...o, held, title })
    } finally {
      held.close()
    }
  })
}

async function make(
  name: string,
  folder: string,
  requirements: Requirements,
  { held, title, onLine, signal }: MakingOptions & { held: FileLock; title: string },
): Promise<Environment> {
  const interpreter = await findInterpreter(requirements.python)
  onLine(`${title}: it is made with Python ${interpreter.version}, once for all runs`)
  // What was there is half-made, or another one by now: whoever looks meanwhile must not take the rest for whole.
  await removeStamp(folder)
  for (const path of [folder, temporaryFor(folder)]) await rm(path, { recursive: true, force: true })
  const progress = new MakingProgress({ folder, packages: requirements.pins.packages.length, print: onLine })
  try {
    await install({ interpreter, folder, requirements, held, progress, signal })
    progress.begin('reading what was installed, for its record', folder)
    const { snapshot, record } = await recordMade(folder)
    const packages = await installedPackages(folder, record.files)
    const made = { pythonVersion: interpreter.version, packages }
    await writeStamp(folder, pythonIn(folder), made)
    onLine(`${title}: ${Object.keys(made.packages).length} packages were installed`)
    return withSnapshots({ name, python: pythonIn(folder), ...made }, [snapshot])
  } catch (error) {
    await rm(folder, { recursive: true, force: true })
    throw error
  } finally {
    progress.end()
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

function pythonIn(folder: string): string {
  return join(folder, 'bin', 'python')
}
