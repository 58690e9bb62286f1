import { statSync } from 'node:fs'
import { join } from 'node:path'
import { readArtifact } from '../artifact/artifact'
import type { FileEntry, Manifest } from '../artifact/manifest'
import { besideNames, manifestName, provenanceName } from '../artifact/safe-path'
import { type Found, scan } from '../artifact/scan'
import { hashFiles } from './hash-files'
import type { IntegrityIndex } from './integrity-index'

/** A file that is listed and cannot be found is no sign of an exchange if it stays so. */
const mostLooks = 10

/** A file that is not what the manifest says; `path` and `reason` read as one sentence. */
export interface BrokenFile {
  path: string
  kind: 'missing' | 'extra' | 'odd' | 'size' | 'digest'
  reason: string
}

/** What a verification found, and how many files it had to read for it. */
export interface Verification {
  broken: BrokenFile[]
  hashed: number
}

/** Compares a folder with its manifest; with an index, files that are known are not read again. */
export async function verify(
  directory: string,
  manifest: Manifest,
  index?: IntegrityIndex,
): Promise<BrokenFile[]> {
  return (await verifyFiles(directory, manifest.files, index ? { index } : {})).broken
}

/**
 * Compares a folder with a list of files. A folder that is exchanged meanwhile is looked at again.
 *
 * @param o.index files that it knows are not read; what is read is noted in it
 */
export async function verifyFiles(
  directory: string,
  entries: readonly FileEntry[],
  o: { index?: IntegrityIndex },
): Promise<Verification> {
  for (let look = 1; ; look++) {
    try {
      return await verifyOnce(directory, entries, o)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || look === mostLooks) throw error
    }
  }
}

async function verifyOnce(
  directory: string,
  entries: readonly FileEntry[],
  o: { index?: IntegrityIndex },
): Promise<Verification> {
  // Synchronous: for so little a trip through the thread pool costs more than the work.
  const top = statSync(directory, { throwIfNoEntry: false })
  if (!top?.isDirectory()) return { broken: entries.map(missing), hashed: 0 }
  const found = await scan(directory)
  const files = new Map(found.files.map((file) => [file.path, file]))
  const odd = new Map(found.odd.map(({ path, reason }) => [path, reason]))
  const index = o.index?.open(directory, top.dev)
  const broken: BrokenFile[] = []
  const unknown: { entry: FileEntry; file: Found }[] = []
  let matched = 0
  for (const entry of entries) {
    const file = files.get(entry.path)
    if (!file) {
      broken.push(odd.has(entry.path) ? strange(entry.path, odd.get(entry.path)) : missing(entry))
      continue
    }
    matched++
    const digest = file.stats.size === entry.bytes ? index?.digest(entry.path, file.stats) : undefined
    if (file.stats.size !== entry.bytes) broken.push(wrongSize(entry, file))
    else if (digest === undefined) unknown.push({ entry, file })
    else if (digest !== entry.sha256) broken.push(wrongDigest(entry, digest))
  }
  const started = Date.now()
  const tasks = unknown.map(({ entry, file }) => ({
    file: join(directory, entry.path),
    bytes: file.stats.size,
  }))
  const digests = await hashFiles(tasks)
  unknown.forEach(({ entry, file }, at) => {
    const digest = digests[at] ?? ''
    index?.learn(entry.path, file.stats, digest, started)
    if (digest !== entry.sha256) broken.push(wrongDigest(entry, digest))
  })
  if (unknown.length > 0) await index?.save(entries.map((entry) => entry.path))
  if (odd.size > 0 || matched < files.size) broken.push(...(await extras(directory, entries, files, odd)))
  return { broken, hashed: unknown.length }
}

/** What the manifest does not list, but for the store's own files and the records of the run. */
async function extras(
  directory: string,
  entries: readonly FileEntry[],
  files: ReadonlyMap<string, Found>,
  odd: ReadonlyMap<string, string>,
): Promise<BrokenFile[]> {
  const listed = new Set([
    ...entries.map((entry) => entry.path),
    manifestName,
    provenanceName,
    ...besideNames,
  ])
  const left = [...files.keys()].filter((path) => !listed.has(path))
  const strangers = [...odd]
    .filter(([path]) => !listed.has(path))
    .map(([path, reason]) => strange(path, reason))
  if (left.length === 0) return strangers
  const records = new Set((await readArtifact(directory))?.provenance.records.map((record) => record.path))
  return [...left.filter((path) => !records.has(path)).map(extra), ...strangers]
}

function missing(entry: FileEntry): BrokenFile {
  return { path: entry.path, kind: 'missing', reason: 'is missing' }
}

function extra(path: string): BrokenFile {
  return { path, kind: 'extra', reason: 'is not in the manifest' }
}

function strange(path: string, why = ''): BrokenFile {
  return { path, kind: 'odd', reason: `does not belong in an artifact: ${why}` }
}

function wrongSize(entry: FileEntry, file: Found): BrokenFile {
  const reason = `has ${file.stats.size} bytes instead of ${entry.bytes}`
  return { path: entry.path, kind: 'size', reason }
}

function wrongDigest(entry: FileEntry, digest: string): BrokenFile {
  const reason = `has other bytes than it was made with (SHA-256 ${digest.slice(0, 12)}… instead of ${entry.sha256.slice(0, 12)}…)`
  return { path: entry.path, kind: 'digest', reason }
}
