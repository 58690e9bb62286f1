import { constants } from 'node:fs'
import { cp, rename, rm } from 'node:fs/promises'

/**
 * Renames a folder, or copies it where a rename cannot: to another disk, or out of the lower layer of a container's
 * image, which overlayfs does not move. Under its new name it is whole or not there, also after a kill.
 */
export async function move(from: string, to: string): Promise<void> {
  try {
    await rename(from, to)
  } catch (error) {
    if (!isImmovable(error)) throw error
    await copyOver(from, to)
    await rm(from, { recursive: true, force: true })
  }
}

/**
 * Takes a folder out of the way of those who look for it, in one step where it can be renamed to `aside`, and deletes
 * it. What is deleted where it stands may be left half: that is for what is verified before it is used.
 */
export async function takeAway(folder: string, aside: string): Promise<void> {
  const gone = await outOfTheWay(folder, aside)
  await rm(gone, { recursive: true, force: true })
}

/** @returns where the folder is now, to be deleted: under its own name where it cannot be renamed */
export async function outOfTheWay(folder: string, aside: string): Promise<string> {
  try {
    await rename(folder, aside)
    return aside
  } catch (error) {
    if (!isImmovable(error)) throw error
    return folder
  }
}

/** Whether an error says that a folder has to stay where it is, though what is in it may go. */
export function isImmovable(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException
  return code === 'EXDEV' || code === 'EBUSY'
}

async function copyOver(from: string, to: string): Promise<void> {
  const partial = `${to}.partial`
  try {
    await rm(partial, { recursive: true, force: true })
    await cp(from, partial, {
      recursive: true,
      preserveTimestamps: true,
      verbatimSymlinks: true,
      mode: constants.COPYFILE_FICLONE,
    })
    await rename(partial, to)
  } catch (error) {
    await rm(partial, { recursive: true, force: true })
    throw error
  }
}
