import { closeSync, constants, fstatSync, openSync, readFileSync, type Stats, statSync } from 'node:fs'
import { type Problem, UserError } from '../errors/user-error'

/** More than a configuration can be: files that people write have some kilobytes. */
const MOST_BYTES = 1 << 20

/**
 * Reads a file that a person writes. Anything else under its name is refused without being opened: a FIFO would be
 * waited for, a device may never end.
 *
 * @param file the name under which people know it
 * @throws UserError when it cannot be read, is no regular file or has more than 1 MiB
 */
export function readRegularFile(path: string, file: string): Buffer {
  refuseIrregular(path, file)
  let descriptor: number | undefined
  try {
    // Should a FIFO have taken the file's place meanwhile, this does not wait either.
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY)
    refuse(fstatSync(descriptor), file)
    return readFileSync(descriptor)
  } catch (error) {
    throw unreadable(error, file)
  } finally {
    if (descriptor !== undefined) closeSync(descriptor)
  }
}

/**
 * Refuses what stands under the name of a file and is none that a person writes.
 *
 * @throws UserError as `readRegularFile` does
 */
export function refuseIrregular(path: string, file: string): void {
  let stats: Stats
  try {
    stats = statSync(path)
  } catch (error) {
    throw unreadable(error, file)
  }
  refuse(stats, file)
}

function refuse(stats: Stats, file: string): void {
  if (!stats.isFile()) {
    throw new UserError({ file, message: `is ${kind(stats)}`, remedy: 'put a file in its place' })
  }
  if (stats.size > MOST_BYTES) {
    const message = `is larger than a configuration can be (${MOST_BYTES >> 20} MiB)`
    throw new UserError({ file, message, remedy: 'keep data in files of their own' })
  }
}

function kind(stats: Stats): string {
  if (stats.isDirectory()) return 'a folder'
  if (stats.isFIFO()) return 'a FIFO, not a file'
  if (stats.isSocket()) return 'a socket, not a file'
  return 'a device, not a file'
}

function unreadable(error: unknown, file: string): UserError {
  if (error instanceof UserError) return error
  return new UserError({ file, ...words(error as NodeJS.ErrnoException) }, { cause: error })
}

function words({ code, message }: NodeJS.ErrnoException): Problem {
  if (code === 'ENOENT') return { message: 'does not exist', remedy: 'create it, or mend its name' }
  if (code === 'ELOOP')
    return { message: 'is a link that leads in a circle', remedy: 'put a file in its place' }
  if (code === 'EACCES' || code === 'EPERM') {
    return { message: 'may not be read by you', remedy: 'give yourself permission: chmod u+r' }
  }
  return { message: `cannot be read (${code ?? message})`, remedy: 'check the disk and the path' }
}
