import { statSync } from 'node:fs'
import { rm, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { accessOf, ensureFolder } from '../disk/access'
import type { Layout } from '../home'

/** Notes that an artifact or a download is used now. A store that cannot be written to forgets nothing either. */
export async function noteUse(layout: Layout, key: string): Promise<void> {
  const file = join(layout.used, key)
  try {
    const now = new Date()
    await utimes(file, now, now)
  } catch {
    try {
      await ensureFolder(layout.used, await accessOf(layout.home))
      // Only its owner may set a file's time; in a shared store it may be another user's.
      await rm(file, { force: true })
      await writeFile(file, '')
    } catch {
      // Read-only or full: then nothing is collected here, and the note is not missed.
    }
  }
}

/** When it was last used, in ms since the epoch; undefined where that was never noted. */
export function lastUse(layout: Layout, key: string): number | undefined {
  return statSync(join(layout.used, key), { throwIfNoEntry: false })?.mtimeMs
}
