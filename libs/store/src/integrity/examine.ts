import { type Artifact, inspectArtifact } from '../artifact/artifact'
import type { Layout } from '../home'
import { IntegrityIndex } from './integrity-index'
import { type BrokenFile, verifyFiles } from './verify'

/** What the store has under a key, after its bytes were compared with its manifest. */
export type Examination =
  | { state: 'absent' }
  | { state: 'broken'; files: BrokenFile[] }
  | { state: 'intact'; artifact: Artifact }

/**
 * Verifies a stored artifact: what the computation made, and the records of the run too.
 *
 * @param o.reread read every byte, whatever the index knows: it finds what the disk lost by itself
 */
export async function examine(
  layout: Layout,
  key: string,
  o: { reread?: boolean } = {},
): Promise<Examination> {
  const directory = layout.artifact(key)
  const reading = await inspectArtifact(directory)
  if (reading.state === 'absent') return { state: 'absent' }
  if (reading.state === 'unreadable') return broken(reading.file, reading.reason)
  const { manifest, provenance } = reading
  if (provenance.key !== key) return broken('provenance.json', 'is that of another artifact')
  const entries = [...manifest.files, ...provenance.records]
  const index = o.reread ? {} : { index: new IntegrityIndex(layout.index) }
  const { broken: files } = await verifyFiles(directory, entries, index)
  if (files.length > 0) return { state: 'broken', files }
  return { state: 'intact', artifact: { key, directory, manifest, provenance } }
}

function broken(path: string, reason: string): Examination {
  return { state: 'broken', files: [{ path, kind: 'odd', reason }] }
}
