import { lstatSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { hashFile } from '@blacksmith/config/header'
import type { Layout } from '../home'
import { IntegrityIndex } from '../integrity/integrity-index'
import { noteUse } from '../runs/last-use'

/**
 * A file that was downloaded before, verified; undefined where there is none. One whose bytes are not those of its name
 * counts as none, and stays until a download takes its place: another process may be doing that now.
 */
export async function downloaded(layout: Layout, digest: string): Promise<string | undefined> {
  const file = join(layout.downloads, digest)
  if (!lstatSync(file, { throwIfNoEntry: false })?.isFile()) return undefined
  // Before it is looked at: whoever collects garbage looks at the note first.
  await noteUse(layout, digest)
  const stats = lstatSync(file, { throwIfNoEntry: false })
  if (!stats) return undefined
  const index = new IntegrityIndex(layout.index).open(layout.downloads, stats.dev)
  const known = index.digest(digest, stats)
  if (known === digest) return file
  const started = Date.now()
  if ((await hashFile(file)) !== digest) return undefined
  index.learn(digest, stats, digest, started)
  await index.save(readdirSync(layout.downloads))
  return file
}
