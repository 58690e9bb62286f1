import { tmpdir } from 'node:os'
import { UserError } from '@blacksmith/config'
import { noexecMount } from './noexec'

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

const notRun = /Permission denied|failed to map segment|cannot execute|exit (?:status|code) 126\b/i
const namedFile =
  /Permission denied: '(\/[^']+)'|(?<![\w.])(\/[^\s:'"]+)'?: (?:Permission denied|cannot execute|failed to map segment)/gi

/**
 * The error where an installer could not run what it had made, since the disk is mounted `noexec`: a package that is built
 * from source runs programs and loads libraries of its own.
 *
 * @param lines what the installer printed
 */
export function diskRunsNothing(home: string, lines: readonly string[]): UserError | undefined {
  const text = lines.join('\n')
  if (!notRun.test(text)) return undefined
  const named = [...text.matchAll(namedFile)].map(([, quoted, plain]) => quoted ?? plain ?? '')
  // Installers often say it of a relative path: that lies where they work, in the store.
  const path = (named.length > 0 ? named : [home]).find((each) => noexecMount(each) !== undefined)
  if (path === undefined) return undefined
  const { file, remedy } = culprit(home, path)
  return new UserError({
    file,
    message: `is on a disk that is mounted noexec (${noexecMount(path)}), where no package can be built: what that makes cannot be run`,
    remedy: `${remedy} to a folder on another disk`,
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
