import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { type Manifest, manifestSchema } from './manifest'
import { type Provenance, provenanceSchema } from './provenance'
import { manifestName, provenanceName } from './safe-path'

/** A sealed result: where it is, what it holds, what made it. */
export interface Artifact {
  key: string
  directory: string
  manifest: Manifest
  provenance: Provenance
}

/** What a folder says of itself, or why it cannot be believed. */
export type Reading =
  | { state: 'absent' }
  | { state: 'unreadable'; file: string; reason: string }
  | { state: 'read'; manifest: Manifest; provenance: Provenance }

/** Manifest and provenance of a folder, in the store or in dist/; undefined when it holds no artifact. */
export async function readArtifact(
  directory: string,
): Promise<{ manifest: Manifest; provenance: Provenance } | undefined> {
  const reading = await inspectArtifact(directory)
  if (reading.state !== 'read') return undefined
  return { manifest: reading.manifest, provenance: reading.provenance }
}

/** Reads a folder's two records, telling a folder that is not there from one that is broken. */
export async function inspectArtifact(directory: string): Promise<Reading> {
  const manifest = await readRecord(directory, manifestName, manifestSchema)
  if ('fault' in manifest) {
    if (manifest.fault === missing && !(await isFolder(directory))) return { state: 'absent' }
    return { state: 'unreadable', file: manifestName, reason: manifest.fault }
  }
  const provenance = await readRecord(directory, provenanceName, provenanceSchema)
  if ('fault' in provenance) return { state: 'unreadable', file: provenanceName, reason: provenance.fault }
  return { state: 'read', manifest: manifest.value, provenance: provenance.value }
}

const missing = 'is missing'

interface Schema<T> {
  safeParse(
    value: unknown,
  ):
    | { success: true; data: T }
    | { success: false; error: { issues: { path: PropertyKey[]; message: string }[] } }
}

async function readRecord<T>(
  directory: string,
  name: string,
  schema: Schema<T>,
): Promise<{ value: T } | { fault: string }> {
  try {
    const text = await readIfThere(join(directory, name))
    return text === undefined ? { fault: missing } : parse(text, schema)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code !== 'EACCES' && code !== 'EPERM' && code !== 'EIO') throw error
    return { fault: `cannot be read (${code})` }
  }
}

function parse<T>(text: string, schema: Schema<T>): { value: T } | { fault: string } {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    return { fault: 'is not JSON' }
  }
  const result = schema.safeParse(json)
  if (result.success) return { value: result.data }
  const issue = result.error.issues[0]
  return { fault: `is not valid at ${issue?.path.join('.') || 'its top'}: ${issue?.message}` }
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  )
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'EISDIR') return undefined
    throw error
  }
}
