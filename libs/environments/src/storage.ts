import { tmpdir } from 'node:os'
import { UserError } from '@blacksmith/config'

const words: Record<string, string> = {
  EACCES: 'may not be written',
  EPERM: 'may not be written',
  EROFS: 'is on a read-only file system',
  ENOTDIR: 'is not below a folder',
  EEXIST: 'is not a folder',
  EDQUOT: 'is over its quota of disk space',
}

/** Tells a full disk or a folder that cannot be written as such, for whatever the work in it was. */
export async function explainStorage<T>(home: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    const { code = '', path } = error as NodeJS.ErrnoException
    if (code === 'ENOSPC') throw diskFull(home, path)
    if (!(code in words)) throw error
    const { file, remedy } = culprit(home, path)
    throw new UserError({
      file,
      message: `${words[code]}, so the Python environment could not be made there`,
      remedy: `${remedy} to a folder of your own`,
    })
  }
}

/** @param path what could not be written, where that is known */
export function diskFull(home: string, path?: string): UserError {
  const { file, remedy } = culprit(home, path)
  return new UserError({
    ...(file === home ? {} : { file }),
    message: 'the disk is full: the Python environment could not be made, and nothing of it is kept',
    remedy: `free some gigabytes, or ${remedy} to a folder on another disk`,
  })
}

/** The folder that is to blame, and how to name another. */
function culprit(home: string, path: string | undefined): { file: string; remedy: string } {
  if (path === undefined || isIn(home, path)) return { file: home, remedy: 'set BLACKSMITH_HOME' }
  const temporary = tmpdir()
  if (isIn(temporary, path)) return { file: temporary, remedy: 'set TMPDIR' }
  return { file: path, remedy: 'set what leads there (PIP_CACHE_DIR, UV_CACHE_DIR, XDG_CACHE_HOME or HOME)' }
}

function isIn(folder: string, path: string): boolean {
  return path === folder || path.startsWith(`${folder}/`)
}
