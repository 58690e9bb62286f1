import { constants } from 'node:fs'
import { access } from 'node:fs/promises'
import { dirname } from 'node:path'
import { type FileLock, type LockMode, lock } from '@blacksmith/native'
import type { Layout } from '../home'
import { accessOf, ensureFolder, isReadOnly, notWritable } from './access'

/** Says that an artifact is being read, until `close`. */
export type Hold = Pick<FileLock, 'close'>

/**
 * Takes the lock under which an artifact is read (shared) or taken away (exclusive). In a store that cannot be
 * written to nothing can be taken away either, so a lock file that cannot be made is not missed.
 */
export async function hold(layout: Layout, key: string, mode: LockMode): Promise<Hold> {
  return lockInStore(layout, layout.useLock(key), mode)
}

/**
 * As `hold`, for any lock file of a store.
 *
 * @throws UserError where somebody may write here, and may not open another user's lock file
 */
export async function lockInStore(layout: Layout, file: string, mode: LockMode): Promise<Hold> {
  try {
    await ensureFolder(dirname(file), await accessOf(layout.home))
    return await lock(file, mode)
  } catch (error) {
    if (isReadOnly(error) && !(await mayWrite(dirname(file)))) return { close: () => undefined }
    throw notWritable(layout.home, error)
  }
}

async function mayWrite(folder: string): Promise<boolean> {
  return access(folder, constants.W_OK).then(
    () => true,
    () => false,
  )
}
