import { statfs } from 'node:fs/promises'
import { UserError } from '@blacksmith/config'

/** What a disk should keep free for everybody else. */
const reserve = 16 << 20

/** Refuses to begin with what the disk has no room for. */
export async function requireSpace(folder: string, bytes: number, what: string): Promise<void> {
  const { bavail, bsize } = await statfs(folder)
  const free = bavail * bsize
  if (bytes + reserve <= free) return
  throw new UserError({
    file: folder,
    message: `${what} needs ${inWords(bytes)}, and its disk has ${inWords(free)} free`,
    remedy: 'make room (npx blacksmith store gc), or set BLACKSMITH_HOME to a folder on a larger disk',
  })
}

export function inWords(bytes: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB']
  let value = bytes
  let unit = 0
  for (; value >= 1000 && unit < units.length - 1; unit++) value /= 1000
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`
}
