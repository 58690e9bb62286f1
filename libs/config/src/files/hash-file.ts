import { createHash } from 'node:crypto'
import { open } from 'node:fs/promises'

const chunkBytes = 1 << 18

/** The SHA-256 of one file in hex. */
export async function hashFile(file: string): Promise<string> {
  const handle = await open(file)
  try {
    const hash = createHash('sha256')
    const buffer = Buffer.allocUnsafe(chunkBytes)
    for (;;) {
      const { bytesRead } = await handle.read(buffer, 0, buffer.length)
      if (bytesRead === 0) return hash.digest('hex')
      hash.update(buffer.subarray(0, bytesRead))
    }
  } finally {
    await handle.close()
  }
}
