import { randomBytes } from 'node:crypto'
import { constants } from 'node:fs'
import { type FileHandle, link, lstat, open, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { Access } from '../disk/access'
import { mostRecordBytes } from './record'
import { RemoteFault, type Transfer } from './remote'

const pieceBytes = 1 << 20
const partialName = /^\.[0-9a-f]{64}(\.json)?\.[0-9a-f]{12}\.partial$/
/** Nobody writes one file for so long. */
const abandonedMs = 24 * 3600 * 1000

/** Opens what others wrote: a link, a folder, a device or a FIFO is no file of a remote. Undefined where there is none. */
export async function openPlain(file: string): Promise<FileHandle | undefined> {
  let handle: FileHandle
  try {
    handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined
    if (code === 'ELOOP' || code === 'ENXIO') throw new RemoteFault('is no plain file')
    throw error
  }
  if ((await handle.stat()).isFile()) return handle
  await handle.close()
  throw new RemoteFault('is no plain file')
}

/** The text of a file, where it is no longer than a record may be. */
export async function readText(file: string): Promise<string | undefined> {
  const handle = await openPlain(file)
  if (!handle) return undefined
  try {
    const { size } = await handle.stat()
    if (size > mostRecordBytes) throw new RemoteFault('is too long')
    const pieces: Buffer[] = []
    await copyPieces(handle, { bytes: size }, {}, async (piece) => void pieces.push(Buffer.from(piece)))
    return Buffer.concat(pieces).toString('utf8')
  } finally {
    await handle.close()
  }
}

/**
 * Hands over a file's bytes from one position to another, a piece at a time.
 *
 * @returns how many there were
 */
export async function copyPieces(
  file: FileHandle,
  { from = 0, bytes }: { from?: number; bytes: number },
  { signal, onBytes }: Transfer,
  take: (piece: Uint8Array) => Promise<void>,
): Promise<number> {
  const buffer = Buffer.allocUnsafe(Math.min(pieceBytes, Math.max(bytes - from, 1)))
  let at = from
  while (at < bytes) {
    signal?.throwIfAborted()
    const { bytesRead } = await file.read(buffer, 0, Math.min(buffer.length, bytes - at), at)
    if (bytesRead === 0) break
    await take(buffer.subarray(0, bytesRead))
    at += bytesRead
    onBytes?.(bytesRead)
  }
  return at - from
}

/**
 * Writes a file beside the one that it is to become, and returns its name when its bytes are on the disk.
 */
export async function writePartial(
  file: string,
  access: Access,
  write: (handle: FileHandle) => Promise<void>,
): Promise<string> {
  const partial = join(dirname(file), `.${basename(file)}.${randomBytes(6).toString('hex')}.partial`)
  const handle = await open(partial, 'wx', 0o600)
  try {
    await write(handle)
    await handle.chmod(access.file)
    await handle.sync()
  } catch (error) {
    await rm(partial, { force: true }).catch(() => undefined)
    throw error
  } finally {
    await handle.close()
  }
  return partial
}

/** Gives a file a second name, unless something has it: of several who try, one has its way. */
export async function linkFirst(from: string, to: string): Promise<void> {
  try {
    await link(from, to)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EEXIST') return
    if (code !== 'EPERM' && code !== 'ENOTSUP' && code !== 'ENOSYS' && code !== 'EMLINK') throw error
    // Without hard links, as on a FAT disk or some network file systems, two at once may both have theirs: the last one.
    const taken = await stat(to).then(
      () => true,
      () => false,
    )
    if (!taken) await rename(from, to)
  }
}

/** Whether a file is what was left by somebody who was killed while writing. */
export async function isHalfWritten(file: string): Promise<boolean> {
  if (!partialName.test(basename(file))) return false
  const stats = await lstat(file).catch(() => undefined)
  return stats !== undefined && stats.mtimeMs < Date.now() - abandonedMs
}
