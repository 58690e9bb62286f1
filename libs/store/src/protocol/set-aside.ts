import { randomBytes } from 'node:crypto'
import { rename } from 'node:fs/promises'
import { join } from 'node:path'
import type { Layout } from '../home'
import { accessOf, ensureFolder } from './access'

/**
 * Moves a broken artifact out of the way, so that it can be made again and looked at. The caller holds the
 * artifact's use lock exclusively.
 *
 * @returns where it is now; undefined when somebody else has moved it
 */
export async function setAside(layout: Layout, key: string): Promise<string | undefined> {
  await ensureFolder(layout.broken, await accessOf(layout.home))
  const aside = join(layout.broken, `${key}-${randomBytes(4).toString('hex')}`)
  try {
    await rename(layout.artifact(key), aside)
    return aside
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
