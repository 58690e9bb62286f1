import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type BrokenFile, Layout, readArtifact, Store, storeHome } from '@blacksmith/store'
import { ensureHome, type Hold, lockOutput } from '@blacksmith/store/folders'
import { sha256 } from '@blacksmith/store/integrity'

/** What completes a folder of dist/: it says what of it no manifest does. */
const checksumsFile = 'checksums.json'

interface Checksums {
  /** The draft digest that it was made for. */
  draft: string
  /** Digests of the records of the artifact, the judgement and the report. */
  files: Record<string, string>
}

/** Completes what was copied to dist/: whoever restores the folder can check whether it is what it was, and for what. */
export function sealOutput(directory: string, draft: string): void {
  const files = Object.fromEntries(besides(directory).map((name) => [name, digestOf(directory, name)]))
  const checksums: Checksums = { draft, files }
  writeFileSync(join(directory, checksumsFile), `${JSON.stringify(checksums, null, 2)}\n`)
}

/**
 * The first file in a folder of dist/ that is not what was copied, or was not copied for this draft; undefined where all
 * are.
 */
export async function brokenOutput(
  directory: string,
  draft: string,
): Promise<Pick<BrokenFile, 'path' | 'reason'> | undefined> {
  const found = await readArtifact(directory)
  if (!found) return { path: 'manifest.json', reason: 'cannot be read' }
  const checksums = readChecksums(directory)
  if (!checksums) return { path: checksumsFile, reason: 'cannot be read' }
  if (checksums.draft !== draft)
    return { path: checksumsFile, reason: 'is of another state of the workspace' }
  for (const [name, digest] of Object.entries(checksums.files)) {
    if (!existsSync(join(directory, name))) return { path: name, reason: 'is missing' }
    if (digestOf(directory, name) !== digest) return { path: name, reason: 'has other bytes' }
  }
  const records = { ...found.manifest, files: [...found.manifest.files, ...found.provenance.records] }
  const [broken] = await new Store(storeHome(), { warn: () => undefined }).verify(directory, records)
  return broken
}

/** Keeps all commands that share our store from exchanging a folder of dist/. */
export async function holdOutput(directory: string): Promise<Hold> {
  const layout = new Layout(storeHome())
  try {
    await ensureHome(layout.home)
  } catch {
    // Where there can be no store nobody puts anything in place.
    return { close: () => undefined }
  }
  return lockOutput(layout, directory)
}

function besides(directory: string): string[] {
  return readdirSync(directory, { withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(json|html)$/.test(entry.name) && entry.name !== checksumsFile)
    .map(({ name }) => name)
    .sort()
}

function digestOf(directory: string, name: string): string {
  return sha256(readFileSync(join(directory, name)))
}

function readChecksums(directory: string): Checksums | undefined {
  try {
    return JSON.parse(readFileSync(join(directory, checksumsFile), 'utf8')) as Checksums
  } catch {
    return undefined
  }
}
