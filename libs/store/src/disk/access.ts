import { accessSync, chmodSync, constants, statSync } from 'node:fs'
import { chmod, mkdir, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { UserError } from '@blacksmith/config'

/** The modes of what is made in a store: those of its own folder, so that one `chmod` decides for all. */
export interface Access {
  folder: number
  /** Sealed files are read-only for everybody. */
  file: number
}

/** Access rights in a store; a shared one has a group and the setgid bit, which the kernel hands down. */
export async function accessOf(home: string): Promise<Access> {
  const { mode } = await stat(home)
  return { folder: mode & 0o2777, file: mode & 0o444 }
}

/** Makes a store's folder with what is above it, in a way that says what to do where that cannot be. */
export async function ensureHome(home: string): Promise<Access> {
  try {
    await makeFolders(home)
    const access = await accessOf(home)
    for (const name of madeElsewhere) share(join(home, name), access)
    return access
  } catch (error) {
    throw notWritable(home, error)
  }
}

/** Folders that are first made by what knows nothing of a store's rights: Nx's plugin, and Python environments. */
const madeElsewhere = ['envs', 'given', 'graph', 'work']

/** Of a folder that others made the owner has to do this. */
function share(folder: string, access: Access): void {
  if ((access.folder & 0o020) === 0) return
  const { uid } = statSync(folder, { throwIfNoEntry: false }) ?? {}
  if (uid !== undefined && uid === process.getuid?.()) adoptFolder(folder, access)
}

/** Makes a folder inside the store, with those that are missing above it. */
export async function ensureFolder(folder: string, access: Access): Promise<void> {
  for (const made of await makeFolders(folder)) {
    // mkdir takes the umask away, and a shared store must stay writable to its group.
    await chmod(made, access.folder)
  }
}

/**
 * As a recursive mkdir, which on a read-only disk says that the parent is missing (ENOENT) instead of why it
 * cannot be made.
 *
 * @returns the folders that were missing, the highest first
 */
export async function makeFolders(folder: string): Promise<string[]> {
  try {
    await mkdir(folder)
    return [folder]
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EEXIST' || code === 'EROFS') {
      // A read-only disk says so even where the folder is there.
      if (
        await stat(folder).then(
          (there) => there.isDirectory(),
          () => false,
        )
      )
        return []
      throw error
    }
    if (code !== 'ENOENT' || dirname(folder) === folder) throw error
  }
  const above = await makeFolders(dirname(folder))
  return [...above, ...(await makeFolders(folder))]
}

/** Gives a folder of another program's making the store's rights. */
export function adoptFolder(folder: string, access: Access): void {
  // The set-group-ID bit was inherited; asking for it again would be refused to somebody outside the group.
  const { mode } = statSync(folder)
  if ((mode & 0o777) !== (access.folder & 0o777)) chmodSync(folder, (mode & 0o2000) | (access.folder & 0o777))
}

/** Whether an error says that nothing can be written here. */
export function isReadOnly(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException
  return code === 'EROFS' || code === 'EACCES' || code === 'EPERM'
}

/** Whether an error says that there is no room. */
export function isFull(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException
  return code === 'ENOSPC' || code === 'EDQUOT' || code === 'EFBIG'
}

/** What a person can do about a store that cannot be written to; any other error as it is. */
export function notWritable(home: string, error: unknown): unknown {
  if (isFull(error)) {
    const remedy = 'make room (npx blacksmith store gc), or set BLACKSMITH_HOME to a folder on a larger disk'
    return new UserError({ file: home, message: 'the disk of the store is full', remedy }, { cause: error })
  }
  const { code, path } = error as NodeJS.ErrnoException
  if (!isReadOnly(error) && code !== 'ENOTDIR' && code !== 'EEXIST') return error
  if (path?.startsWith(`${home}/`) && code !== 'EROFS' && isOurs(home)) {
    const message = `may not be opened or changed by you (${code}), in a store that you may write to`
    const remedy = `its owner can mend that: chmod -R g+rwX ${home}`
    return new UserError({ file: path, message, remedy }, { cause: error })
  }
  const message = `nothing can be written to the store (${code})`
  const remedy = 'set BLACKSMITH_HOME to a folder that you can write to'
  return new UserError({ file: home, message, remedy }, { cause: error })
}

/** Whether we may write into the store's own folder: then it is single files that are another user's. */
function isOurs(home: string): boolean {
  try {
    accessSync(home, constants.W_OK)
    return statSync(home).isDirectory()
  } catch {
    return false
  }
}
