import { type FileHandle, lstat, open, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { lock } from '@blacksmith/native'
import { accessOf, ensureFolder } from '../disk/access'
import type { Layout } from '../home'
import { type Blob, type Remote, RemoteFault, type Transfer } from './remote'

/** Less is fetched again sooner than looked for. */
const worthResuming = 8 << 20

/**
 * Fetches a blob into a new file. A large one goes on where an earlier process was cut: its beginning is kept where
 * downloads are kept, by its digest.
 *
 * @returns whether some of it had come before, which may have been spoilt since
 */
export async function fetchBlob(
  layout: Layout,
  scope: Remote,
  blob: Blob,
  file: string,
  transfer: Transfer,
): Promise<boolean> {
  if (blob.bytes < worthResuming) {
    await write(await open(file, 'wx'), scope, blob, { ...transfer, from: 0 })
    return false
  }
  const access = await accessOf(layout.home)
  const lockFile = layout.downloadLock(blob.sha256)
  for (const folder of [layout.downloads, dirname(lockFile)]) await ensureFolder(folder, access)
  const held = await lock(lockFile, 'exclusive', transfer.signal ? { signal: transfer.signal } : {})
  try {
    const part = join(layout.downloads, `${blob.sha256}.part`)
    const from = await usableBytes(part, blob)
    if (from === 0) await rm(part, { force: true })
    transfer.onBytes?.(from)
    try {
      await write(await open(part, 'a'), scope, blob, { ...transfer, from })
    } catch (error) {
      if (error instanceof RemoteFault) await rm(part, { force: true })
      throw error
    }
    await rename(part, file)
    await rm(`${part}.json`, { force: true })
    return from > 0
  } finally {
    held.close()
  }
}

async function write(
  to: FileHandle,
  scope: Remote,
  blob: Blob,
  reading: Transfer & { from: number },
): Promise<void> {
  try {
    if (reading.from < blob.bytes || blob.bytes === 0)
      await scope.getBlob(blob, (piece) => to.writeFile(piece), reading)
  } finally {
    await to.close()
  }
}

/** How much of what came before can be gone on from: another user's file cannot become ours, nor a link of theirs to one of ours. */
async function usableBytes(part: string, { bytes }: Blob): Promise<number> {
  const stats = await lstat(part).catch(() => undefined)
  return stats?.isFile() && stats.uid === process.getuid?.() && stats.size <= bytes ? stats.size : 0
}
