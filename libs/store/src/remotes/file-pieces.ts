import { createHash } from 'node:crypto'
import { type FileHandle, open } from 'node:fs/promises'
import { type Blob, LocalFault } from './remote'

/**
 * Opens a file of this machine's store.
 *
 * @throws LocalFault
 */
export async function openOwn(file: string): Promise<FileHandle> {
  return open(file).catch(({ code }: NodeJS.ErrnoException) => {
    throw new LocalFault(`${file} cannot be read (${code})`)
  })
}

/**
 * Reads a blob's file in pieces of so many bytes, each in a buffer of its own. The last piece comes only where all of
 * them have the blob's digest.
 *
 * @param bufferOf gives the buffer for the next piece
 * @throws LocalFault
 */
export async function* piecesOf(
  file: string,
  { sha256, bytes }: Blob,
  pieceBytes: number,
  bufferOf: (bytes: number) => Uint8Array = Buffer.allocUnsafeSlow,
): AsyncGenerator<Uint8Array> {
  const handle = await openOwn(file)
  try {
    const hash = createHash('sha256')
    let at = 0
    do {
      const piece = bufferOf(Math.min(pieceBytes, bytes - at))
      await fill(handle, piece, at)
      hash.update(piece)
      at += piece.length
      if (at === bytes && ((await isLonger(handle, bytes)) || hash.digest('hex') !== sha256))
        throw new LocalFault(`${file} has other bytes than it was made with`)
      yield piece
    } while (at < bytes)
  } finally {
    await handle.close()
  }
}

/** What a short file lacks is zeros, and so another digest. */
async function fill(handle: FileHandle, piece: Uint8Array, position: number): Promise<void> {
  let at = 0
  while (at < piece.length) {
    const { bytesRead } = await handle.read(piece, at, piece.length - at, position + at)
    if (bytesRead === 0) return void piece.fill(0, at)
    at += bytesRead
  }
}

async function isLonger(handle: FileHandle, bytes: number): Promise<boolean> {
  return (await handle.stat()).size > bytes
}
