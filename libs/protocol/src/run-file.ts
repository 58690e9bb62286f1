import { constants } from 'node:fs'
import { type FileHandle, lstat, open, realpath } from 'node:fs/promises'
import { join } from 'node:path'

/**
 * Opens a file that a run has left; undefined when there is none. A link is none, since it may lead out of the run,
 * and neither is a FIFO or a device: one would be waited for, the other may never end.
 */
export async function openRunFile(path: string): Promise<FileHandle | undefined> {
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK, O_NOCTTY } = constants
  let file: FileHandle | undefined
  try {
    if (!(await lstat(path)).isFile()) return undefined
    // Should something else have taken the file's place meanwhile, it is neither followed nor waited for.
    file = await open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY)
    if ((await file.stat()).isFile()) return file
  } catch (error) {
    if (!absent.has((error as NodeJS.ErrnoException).code ?? '')) throw error
  }
  await file?.close()
  return undefined
}

const absent = new Set(['ENOENT', 'ENOTDIR', 'ELOOP', 'ENXIO'])

/** The text of a file that a run has left; undefined when there is none, or more of it than a page can show. */
export async function readRunFile(path: string, mostBytes: number): Promise<string | undefined> {
  const file = await openRunFile(path)
  if (file === undefined) return undefined
  try {
    const { size } = await file.stat()
    if (size > mostBytes) return undefined
    // No further than to where it ended a moment ago: somebody may be writing faster than this reads.
    const { buffer, bytesRead } = await file.read(Buffer.alloc(size), 0, size, 0)
    return buffer.toString('utf8', 0, bytesRead)
  } finally {
    await file.close()
  }
}

/** Whether a folder lies where its name says, with no link on the way from `root` to it. */
export async function liesInside(root: string, ...names: string[]): Promise<boolean> {
  const resolved = await realpath(join(root, ...names)).catch(() => undefined)
  return resolved !== undefined && resolved === join(await realpath(root), ...names)
}
