import { statfs } from 'node:fs/promises'
import { UserError } from '@blacksmith/config/header'
import { formatBytes } from '@blacksmith/text'

/** What a disk should keep free for everybody else. */
const reserve = 16 << 20

/** Refuses to begin with what the disk has no room for. */
export async function requireSpace(folder: string, bytes: number, what: string): Promise<void> {
  const { bavail, bsize } = await statfs(folder)
  const free = bavail * bsize
  if (bytes + reserve <= free) return
  throw new UserError({
    file: folder,
    message: `${what} needs ${formatBytes(bytes)}, and its disk has ${formatBytes(free)} free`,
    remedy: 'make room (npx blacksmith store gc), or set BLACKSMITH_HOME to a folder on a larger disk',
  })
}
