import { Refused, RemoteFault, Unusable } from './remote'

const words: Record<string, string> = {
  ENOENT: 'is not there (is it mounted?)',
  ENOTDIR: 'is no folder',
  EACCES: 'may not be read or written by you',
  EPERM: 'may not be written by you',
  EROFS: 'is read-only',
  ENOSPC: 'is full',
  EDQUOT: 'is full: your quota is used up',
}

/** Whether an error is one of disks and networks, and none of ours. */
export function isOfRemote(error: unknown): error is Error {
  if (error instanceof Unusable || error instanceof RemoteFault) return true
  return typeof (error as NodeJS.ErrnoException | undefined)?.syscall === 'string'
}

/** Whether an error says that nothing more can be sent; what is there may still be read. */
export function isRefused(error: unknown): boolean {
  const { code = '' } = error as NodeJS.ErrnoException
  return error instanceof Refused || ['EACCES', 'EPERM', 'EROFS', 'ENOSPC', 'EDQUOT'].includes(code)
}

/** Completes a sentence that begins with what the remote is called. */
export function inWordsOf(error: Error): string {
  const { code } = error as NodeJS.ErrnoException
  if (code === undefined || error instanceof Unusable) return error.message
  return words[code] ?? `cannot be used (${code})`
}
