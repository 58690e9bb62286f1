import { lstatSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Layout } from '../home'
import { hashFile } from '../integrity/hash-files'
import { IntegrityIndex } from '../integrity/integrity-index'
import { noteUse } from '../runs/last-use'

/**
 * A file that was downloaded before, verified; undefined where there is none. One whose bytes are not those of
 * its name is removed: it can be had again.
 */
export async function downloaded(layout: Layout, digest: string): Promise<string | undefined> {
  const file = join(layout.downloads, digest)
  const stats = lstatSync(file, { throwIfNoEntry: false })
  if (!stats?.isFile()) return undefined
  const index = new IntegrityIndex(layout.index).open(layout.downloads, stats.dev)
  const known = index.digest(digest, stats)
  await noteUse(layout, digest)
  if (known === digest) return file
  const started = Date.now()
  if ((await hashFile(file)) !== digest) {
    rmSync(file, { force: true })
    return undefined
  }
  index.learn(digest, stats, digest, started)
  await index.save(readdirSync(layout.downloads))
  return file
}
