import { execFile } from 'node:child_process'
import { open } from 'node:fs/promises'
import { promisify } from 'node:util'

/** From so many files on, one flush of the whole file system is faster than one of each file. */
const manyFiles = 256
const atOnce = 16

/** Writes a new file and returns when its bytes are on the disk. */
export async function writeDurably(file: string, text: string, mode: number): Promise<void> {
  const handle = await open(file, 'wx', 0o600)
  try {
    await handle.writeFile(text)
    await handle.chmod(mode)
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** Returns when the bytes of all these files are on the disk; `folder` is on their file system. */
export async function syncFiles(folder: string, files: readonly string[]): Promise<void> {
  if (files.length >= manyFiles && (await syncFileSystem(folder))) return
  await syncEach(files)
}

/** Returns when all these files, or lists of names of folders, are on the disk. */
export async function syncEach(paths: readonly string[]): Promise<void> {
  const pending = [...paths]
  const worker = async () => {
    for (let file = pending.pop(); file !== undefined; file = pending.pop()) await sync(file)
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
}

/** Returns when a folder's list of names is on the disk. */
export async function sync(path: string): Promise<void> {
  const handle = await open(path, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** syncfs(2), which Node does not have, by way of coreutils; false where there is no such program. */
async function syncFileSystem(folder: string): Promise<boolean> {
  try {
    await promisify(execFile)('sync', ['-f', folder])
    return true
  } catch {
    return false
  }
}
