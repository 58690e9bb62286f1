import { join } from 'node:path'
import { UserError } from '../errors/user-error'
import { readRegularFile } from './regular-file'

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
 * @throws UserError when the file cannot be read, is no regular file, is too large or is not UTF-8.
 */
export function readText(workspaceRoot: string, file: string): Source {
  const bytes = readRegularFile(join(workspaceRoot, file), file)
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
