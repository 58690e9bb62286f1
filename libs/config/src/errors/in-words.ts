import { types } from 'node:util'
import { type Problem, UserError } from './user-error'

/** What the operating system refused, by the code of its error: what that means for a file, and what to do. */
const meanings: Record<string, Pick<Problem, 'message' | 'remedy'>> = {
  EROFS: {
    message: 'is on a file system that is read-only',
    remedy: 'make it writable, or work with a folder elsewhere',
  },
  EACCES: {
    message: 'may not be used so by you',
    remedy: 'ask its owner for the right (ls -l tells who that is)',
  },
  EPERM: { message: 'may not be used so by you', remedy: 'ask its owner to do it (ls -l tells who that is)' },
  ENOTDIR: { message: 'is not below a folder: a file is in the way', remedy: 'move that file away' },
  EISDIR: { message: 'is a folder, where a file is needed', remedy: 'move that folder away' },
  ENOSPC: { message: 'does not fit: the disk is full', remedy: 'make room, and give the same command again' },
  EDQUOT: {
    message: 'does not fit: your quota of the disk is used up',
    remedy: 'make room, or ask for more',
  },
  EFBIG: {
    message: 'is larger than files may be here',
    remedy: 'raise the limit (ulimit -f), or use another disk',
  },
  ENAMETOOLONG: {
    message: 'is a longer name than the file system takes',
    remedy: 'give it a shorter name, or put the workspace or the store nearer to the root',
  },
  EMFILE: { message: 'is one file more than a process may open', remedy: 'raise the limit: ulimit -n 4096' },
  ENFILE: {
    message: 'is one file more than this machine can open',
    remedy: 'end what holds so many files open',
  },
  ELOOP: {
    message: 'is a symbolic link that leads back to itself',
    remedy: 'put in its place what it should lead to',
  },
  EIO: {
    message: 'cannot be read or written: its disk reports an error',
    remedy: 'look into dmesg, and at the disk',
  },
  ESTALE: { message: 'has gone on its network file system', remedy: 'mount that again' },
}

/**
 * An error of the operating system that a person can do something about, in words; any other as it is: a file that is
 * missing, for instance, may be a mistake of ours.
 */
export function inWords(error: unknown): unknown {
  if (!isSystemError(error)) return error
  const { code, path, dest, syscall, message } = error
  const meaning = meanings[code]
  if (!meaning) return error
  const call = syscall === undefined ? code : `${code}, ${syscall.split(' ')[0]}`
  const file = dest ?? path
  const what = `${meaning.message} (${call})`
  const problem = file === undefined ? { message: `${message}: it ${what}` } : { file, message: what }
  return new UserError(
    { ...problem, ...(meaning.remedy ? { remedy: meaning.remedy } : {}) },
    { cause: error },
  )
}

interface SystemError {
  code: string
  path?: string
  /** Of a rename or a copy. */
  dest?: string
  syscall?: string
  message: string
}

function isSystemError(error: unknown): error is SystemError {
  return types.isNativeError(error) && 'code' in error && typeof error.code === 'string'
}
