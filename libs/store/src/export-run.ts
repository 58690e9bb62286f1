import { readdir } from 'node:fs/promises'
import { UserError } from '@blacksmith/config'
import { findRun } from './runs/runs'
import type { Store } from './store'

/**
 * Copies a run to a folder of its own, verified, with its manifest and provenance.
 *
 * @throws UserError when the folder is not empty, or the run is broken
 */
export async function exportRun(store: Store, reference: string, directory: string): Promise<void> {
  const run = await findRun(store.layout, reference)
  const there = await readdir(directory).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw new UserError({ file: directory, message: `is not a folder to export to (${error.code})` })
  })
  if (there.length > 0) {
    throw new UserError({ file: directory, message: 'is not empty', remedy: 'name a new folder' })
  }
  const artifact = await store.lookup(run.key)
  if (!artifact) {
    throw new UserError({
      message: `the run ${run.id} is broken`,
      remedy: 'run its target again, then export it',
    })
  }
  await store.materialize(artifact, directory)
}
