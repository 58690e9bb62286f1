import { readFile, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { replaceFile } from '@blacksmith/config/header'
import type { Provenance } from './artifact/provenance'
import { type Access, ensureFolder } from './disk/access'
import type { Layout } from './home'
import type { Target } from './key/key'

/** Whose runs: one target of a project in one configuration. */
export interface RunIdentity {
  project: string
  target: Target
  configuration: string
}

/**
 * Notes a run as the newest of its kind. The order of sealing decides, not the clock, which may be set back.
 */
export async function noteLatest(layout: Layout, provenance: Provenance, access: Access): Promise<void> {
  const file = fileOf(layout, provenance)
  await ensureFolder(dirname(file), access)
  await replaceFile(file, `${provenance.key}\n`, { durable: true, mode: access.file })
}

/** The key of the newest run of its kind. */
export async function latestKey(layout: Layout, identity: RunIdentity): Promise<string | undefined> {
  const text = await readFile(fileOf(layout, identity), 'utf8').catch(() => '')
  return /^[0-9a-f]{64}$/.test(text.trim()) ? text.trim() : undefined
}

/** Forgets a run that is no longer there, where it is the newest of its kind. */
export async function forgetLatest(layout: Layout, provenance: Provenance): Promise<void> {
  if ((await latestKey(layout, provenance)) === provenance.key)
    await rm(fileOf(layout, provenance), { force: true })
}

function fileOf(layout: Layout, { project, configuration, target }: RunIdentity): string {
  return join(layout.latest, encodeURIComponent(project), encodeURIComponent(configuration), target)
}
