import { existsSync } from 'node:fs'
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Layout } from '../home'

/** Takes away what is noted of artifacts that are gone: whoever makes one again sends it again. */
export async function removeStaleNotes(layout: Layout): Promise<void> {
  for (const remote of await names(layout.remotes)) {
    for (const kind of ['sent', 'owed']) {
      const folder = join(layout.remotes, remote, kind)
      const stale = (await names(folder)).filter(
        (name) => /^[0-9a-f]{64}$/.test(name) && !existsSync(layout.artifact(name)),
      )
      for (const name of stale) await rm(join(folder, name), { force: true }).catch(() => undefined)
    }
  }
}

async function names(folder: string): Promise<string[]> {
  return readdir(folder).catch(() => [])
}
