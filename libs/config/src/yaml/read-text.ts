import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { UserError } from '../errors/user-error'

/** A file's text as people see it, and the name under which they know the file. */
export interface Source {
  /** Workspace-relative path with forward slashes. */
  readonly file: string
  readonly text: string
}

/**
 * Reads a UTF-8 file. A byte order mark is dropped and CRLF becomes LF, so that neither shows in values,
 * positions or digests.
 *
 * @throws UserError when the file cannot be read or is not UTF-8.
 */
export function readText(workspaceRoot: string, file: string): Source {
  const bytes = readBytes(join(workspaceRoot, file), file)
  const text = decode(bytes)
  if (text === undefined) {
    throw new UserError({
      file,
      ...firstBadByte(bytes),
      message: 'is not UTF-8 text',
      remedy: 'save it with the encoding UTF-8',
    })
  }
  return { file, text: text.replaceAll('\r\n', '\n') }
}

function readBytes(path: string, file: string): Buffer {
  try {
    return readFileSync(path)
  } catch (error) {
    throw new UserError({ file, ...unreadable(error as NodeJS.ErrnoException) }, { cause: error })
  }
}

function unreadable(error: NodeJS.ErrnoException): { message: string; remedy: string } {
  if (error.code === 'ENOENT') return { message: 'does not exist', remedy: 'create it, or mend its name' }
  if (error.code === 'EISDIR') return { message: 'is a folder', remedy: 'put a file in its place' }
  if (error.code === 'EACCES' || error.code === 'EPERM') {
    return { message: 'may not be read by you', remedy: 'give yourself permission: chmod u+r' }
  }
  return { message: `cannot be read (${error.code ?? error.message})`, remedy: 'check the disk and the path' }
}

function decode(bytes: Uint8Array): string | undefined {
  try {
    // Drops the byte order mark by itself.
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return undefined
  }
}

function firstBadByte(bytes: Buffer): { line: number } {
  let line = 1
  for (let start = 0; start <= bytes.length; line++) {
    const newline = bytes.indexOf(0x0a, start)
    const end = newline === -1 ? bytes.length : newline
    if (decode(bytes.subarray(start, end)) === undefined) break
    start = end + 1
  }
  return { line }
}
