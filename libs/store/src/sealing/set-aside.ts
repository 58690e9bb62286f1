import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { accessOf, ensureFolder, isReadOnly } from '../disk/access'
import { hold } from '../disk/in-use'
import { move } from '../disk/move'
import type { Layout } from '../home'
import { examine } from '../integrity/examine'
import type { BrokenFile } from '../integrity/verify'

/** A broken artifact, and where it was moved to; undefined where the store cannot be written to. */
export interface SetAside {
  files: BrokenFile[]
  aside: string | undefined
}

/**
 * Moves an artifact out of the way if it is broken, so that it can be made again and looked at.
 *
 * @param o.reread read every byte, whatever the integrity index knows
 * @returns undefined where it is intact after all, or gone
 */
export async function setAsideIfBroken(
  layout: Layout,
  key: string,
  o: { reread?: boolean } = {},
): Promise<SetAside | undefined> {
  const exclusive = await hold(layout, key, 'exclusive')
  try {
    // Another process may have set it aside, or made it again, while we waited.
    const examination = await examine(layout, key, o)
    if (examination.state !== 'broken') return undefined
    return { files: examination.files, aside: await takeAway(layout, key) }
  } finally {
    exclusive.close()
  }
}

async function takeAway(layout: Layout, key: string): Promise<string | undefined> {
  const aside = join(layout.broken, `${key}-${randomBytes(4).toString('hex')}`)
  try {
    await ensureFolder(layout.broken, await accessOf(layout.home))
    await move(layout.artifact(key), aside)
    return aside
  } catch (error) {
    if (isReadOnly(error)) return undefined
    throw error
  }
}
