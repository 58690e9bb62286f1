import { mkdir, rm, statfs } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { UserError } from '@blacksmith/config'
import type { FileLock } from '@blacksmith/native'
import { pinsFailure, venvFailure } from './install-failure'
import { type Ended, type InstallerOptions, runInstaller } from './installer'
import type { Interpreter } from './interpreter'
import type { MakingProgress } from './making-progress'
import type { Requirements } from './requirements'
import { diskFull, diskRunsNothing } from './storage'
import { installWithPip } from './with-pip'
import { installWithUv } from './with-uv'

/** What is installed, and where. */
export interface Installation {
  interpreter: Interpreter
  folder: string
  requirements: Requirements
  /** Guards the folder. */
  held: FileLock
  progress: MakingProgress
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
  const { interpreter, folder, progress, requirements } = o
  // Beside the environment, where there must be room anyway: TMPDIR may be small, or not to be written to.
  const temporary = temporaryFor(folder)
  await rm(temporary, { recursive: true, force: true })
  await mkdir(temporary, { recursive: true })
  const options: InstallerOptions = { lock: o.held.fd, signal: o.signal, variables: { TMPDIR: temporary } }
  try {
    const uv = (await runInstaller('uv', ['--version'], options)).ok
    progress.begin('making a virtual environment', folder)
    const made = uv
      ? await runInstaller('uv', ['venv', '--quiet', '--python', interpreter.path, folder], options)
      : await runInstaller(interpreter.path, ['-I', '-X', 'utf8', '-m', 'venv', folder], options)
    if (!made.ok) throw await failure(o, made, (lines) => venvFailure(interpreter, lines))
    const python = join(folder, 'bin', 'python')
    const pinned = { python, pins: requirements.pins, temporary, progress, options }
    const installed = await (uv ? installWithUv(pinned) : installWithPip(pinned))
    if (!installed.ok) throw await failure(o, installed, (lines) => pinsFailure(requirements.file, uv, lines))
  } finally {
    await rm(temporary, { recursive: true, force: true })
  }
}

/** What a killed installation leaves there is removed with the half-made environment. */
export function temporaryFor(folder: string): string {
  return `${folder}.tmp`
}

/** The message for people; a stop, a full disk and one that runs nothing come before whatever an installer made of them. */
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
  const home = dirname(dirname(folder))
  const text = lines.join('\n')
  const [full, path] = text.match(/(?:No space left on device|Disk quota exceeded)(?:: '([^']+)')?/i) ?? []
  const { bavail, bsize } = await statfs(home)
  if (full || bavail * bsize < fullBelowBytes) return diskFull(home, path)
  return diskRunsNothing(home, lines) ?? otherwise(lines)
}
