import { join } from 'node:path'
import { inspectArtifact } from '../artifact/artifact'
import type { FileEntry } from '../artifact/manifest'
import type { Layout } from '../home'
import { storedKeys } from '../runs/runs'

/** Less is fetched sooner than looked for. */
const worthLooking = 1 << 20

/**
 * Where this store has files of these bytes already, by their digests. What is found may be spoilt or gone by the time
 * it is used.
 */
export async function localCopies(
  layout: Layout,
  entries: readonly FileEntry[],
): Promise<Map<string, string>> {
  const wanted = new Set(entries.filter(({ bytes }) => bytes >= worthLooking).map(({ sha256 }) => sha256))
  const found = new Map<string, string>()
  if (wanted.size === 0) return found
  for (const key of await storedKeys(layout)) {
    if (found.size === wanted.size) break
    const directory = layout.artifact(key)
    const reading = await inspectArtifact(directory)
    const files = reading.state === 'read' ? reading.manifest.files : []
    for (const { path, sha256 } of files) if (wanted.has(sha256)) found.set(sha256, join(directory, path))
  }
  return found
}
