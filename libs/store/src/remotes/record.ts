import { canonicalJson, type Json } from '@blacksmith/config'
import { z } from 'zod'
import { type FileEntry, type Manifest, manifestSchema } from '../artifact/manifest'
import { type Provenance, provenanceSchema } from '../artifact/provenance'
import { besideNames, manifestName, provenanceName } from '../artifact/safe-path'
import { keyOf, runId } from '../key/key'
import { RemoteFault } from './remote'

/** What a remote says that it has under a key. */
export interface RemoteRecord {
  manifest: Manifest
  provenance: Provenance
}

/** Bounds of what is read from a remote, or sent there: who writes to one must not be able to fill a machine's memory. */
export const mostRecordBytes = 64 << 20
const mostFiles = 200_000
/** Of one name, and of a path, in bytes: what Linux takes, with room for the store's own folders. */
const longestName = 255
const longestPath = 2048
const deepest = 64

const schema = z.object({ version: z.literal(1), manifest: manifestSchema, provenance: provenanceSchema })

/** The bytes of a record. */
export function recordText({ manifest, provenance }: RemoteRecord): string {
  return canonicalJson({ version: 1, manifest, provenance } as unknown as Json)
}

/**
 * Reads a record of a key, trusting nothing that it says.
 *
 * @throws RemoteFault where it is none, or is that of another key
 */
export function parseRecord(key: string, text: string): RemoteRecord {
  const { manifest, provenance } = parse(text)
  if (provenance.key !== key || provenance.id !== runId(key) || keyOf(provenance.components) !== key)
    throw new RemoteFault('is that of another key')
  if (provenance.target !== provenance.components.target) throw new RemoteFault('is that of another target')
  const fault = faultOfFiles([...manifest.files, ...provenance.records])
  if (fault !== undefined) throw new RemoteFault(fault)
  return { manifest, provenance }
}

function parse(text: string): RemoteRecord {
  let result: ReturnType<typeof schema.safeParse>
  try {
    result = schema.safeParse(JSON.parse(text))
  } catch (error) {
    // Nested too deeply for the stack, it is as little a record as what is no JSON.
    if (error instanceof SyntaxError || error instanceof RangeError) throw new RemoteFault('is not JSON')
    throw error
  }
  if (result.success) return result.data
  const [issue] = result.error.issues
  throw new RemoteFault(`is not valid at ${issue?.path.join('.') || 'its top'}: ${issue?.message}`)
}

/** Why a remote cannot hold these files, or no artifact can; undefined where it can. */
export function faultOfFiles(files: readonly FileEntry[]): string | undefined {
  if (files.length > mostFiles) return `lists ${files.length} files, and at most ${mostFiles} travel`
  if (!Number.isSafeInteger(files.reduce((sum, { bytes }) => sum + bytes, 0))) return 'lists impossible sizes'
  const reserved = [manifestName, provenanceName, ...besideNames]
  const taken = new Set(reserved)
  for (const { path } of files) {
    if (taken.has(path)) return `lists ${path}, which is taken`
    if (isTooLong(path)) return 'lists a path that is too long'
    taken.add(path)
  }
  const inFile = files.find(({ path }) => foldersOf(path).some((folder) => taken.has(folder)))
  return inFile && `lists ${inFile.path}, which would be below a file`
}

function isTooLong(path: string): boolean {
  const names = path.split('/')
  const longName = names.some((name) => Buffer.byteLength(name) > longestName)
  return longName || names.length > deepest || Buffer.byteLength(path) > longestPath
}

function foldersOf(path: string): string[] {
  const names = path.split('/').slice(0, -1)
  return names.map((_, at) => names.slice(0, at + 1).join('/'))
}
