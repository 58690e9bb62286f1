import { accessSync, constants, existsSync, statfsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname } from 'node:path'
import { setting } from '@blacksmith/config/header'
import { type Check, fault, ok, warning } from '@blacksmith/devices/checks'
import { noexecMount } from '@blacksmith/environments/noexec'
import { formatBytes } from '@blacksmith/text'

/** An environment of PyTorch and its checkpoints take about this much. */
const comfortableBytes = 10e9
/** Less than this is soon used up. */
const littleBytes = 50e6

/**
 * The disk of the store, which holds the environments too.
 *
 * @param mounts what the kernel says of mounts; tests give it
 */
export function checkDisk(home: string, env: NodeJS.ProcessEnv = process.env, mounts?: string): Check {
  const name = 'disk'
  const mount = setting('BLACKSMITH_PYTHON', env) ? undefined : noexecMount(home, mounts)
  if (mount !== undefined) {
    return fault(
      name,
      `${home} is on a disk that is mounted noexec (${mount}): libraries of Python environments cannot be loaded from it`,
      'set BLACKSMITH_HOME to a folder on another disk',
    )
  }
  let folder = home
  while (!existsSync(folder)) folder = dirname(folder)
  const { bavail, bsize } = statfsSync(folder)
  const free = bavail * bsize
  const detail = `${formatBytes(free)} free for ${home}`
  if (free >= comfortableBytes) return ok(name, detail)
  return warning(
    name,
    detail,
    'free some (`npx blacksmith store gc`), or set BLACKSMITH_HOME to a folder on a larger disk',
  )
}

/**
 * The folder that programs put into what they only need meanwhile; trainers have one of their own in it.
 *
 * @param mounts what the kernel says of mounts; tests give it
 */
export function checkTemporary(folder = tmpdir(), mounts?: string): Check {
  const name = 'temporary'
  const remedy = 'set TMPDIR to a folder that you can write to'
  try {
    accessSync(folder, constants.W_OK | constants.X_OK)
    const { bavail, bsize } = statfsSync(folder)
    if (bavail * bsize < littleBytes)
      return warning(name, `${folder} is full`, 'free some of it, or set TMPDIR to a folder on another disk')
    const mount = noexecMount(folder, mounts)
    if (mount === undefined) return ok(name, `${folder} can be written`)
    return warning(
      name,
      `${folder} is on a disk that is mounted noexec (${mount}): what a training compiles as it goes on cannot be run`,
      'set TMPDIR to a folder on another disk',
    )
  } catch (error) {
    return fault(name, `${folder} cannot be written (${(error as NodeJS.ErrnoException).code})`, remedy)
  }
}
