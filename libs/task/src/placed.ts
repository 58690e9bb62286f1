import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type BrokenFile, readArtifact, Store, storeHome } from '@blacksmith/store'
import { sha256 } from '@blacksmith/store/integrity'

/** The digests of what stands beside an artifact in dist/ and is in no manifest: records, judgement, report. */
const checksumsFile = 'checksums.json'

/** Completes what was placed in dist/: whoever restores the folder can tell whether it is what it was. */
export function sealPlace(directory: string): void {
  const digests = Object.fromEntries(besides(directory).map((name) => [name, digestOf(directory, name)]))
  writeFileSync(join(directory, checksumsFile), `${JSON.stringify(digests, null, 2)}\n`)
}

/** The first file in a folder of dist/ that is not what was placed; undefined where all are. */
export async function brokenPlace(
  directory: string,
): Promise<Pick<BrokenFile, 'path' | 'reason'> | undefined> {
  const found = await readArtifact(directory)
  if (!found) return { path: 'manifest.json', reason: 'cannot be read' }
  const checksums = readChecksums(directory)
  if (!checksums) return { path: checksumsFile, reason: 'cannot be read' }
  for (const [name, digest] of Object.entries(checksums)) {
    if (!existsSync(join(directory, name))) return { path: name, reason: 'is missing' }
    if (digestOf(directory, name) !== digest) return { path: name, reason: 'has other bytes' }
  }
  const records = { ...found.manifest, files: [...found.manifest.files, ...found.provenance.records] }
  const [broken] = await new Store(storeHome(), { warn: () => undefined }).verify(directory, records)
  return broken
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

function readChecksums(directory: string): Record<string, string> | undefined {
  try {
    return JSON.parse(readFileSync(join(directory, checksumsFile), 'utf8')) as Record<string, string>
  } catch {
    return undefined
  }
}
