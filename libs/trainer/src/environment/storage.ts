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
    const { code = '' } = error as NodeJS.ErrnoException
    if (code === 'ENOSPC') throw diskFull()
    if (!(code in words)) throw error
    throw new UserError({
      file: home,
      message: `${words[code]}, so the Python environment could not be made there`,
      remedy: 'set BLACKSMITH_HOME to a folder of your own',
    })
  }
}

export function diskFull(): UserError {
  return new UserError({
    message: 'the disk is full: the Python environment could not be made, and nothing of it is kept',
    remedy: 'free some gigabytes, or set BLACKSMITH_HOME to a folder on another disk',
  })
}
