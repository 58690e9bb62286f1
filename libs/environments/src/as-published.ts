import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { posix } from 'node:path'
import type { TreeRecord } from './tree-record'

/** A file that a distribution says it has, and the SHA-256 that it gives, in hex. */
interface Promised {
  path: string
  sha256: string
}

/**
 * The distributions of an environment of which a file is not what they were published with, each with a digest of
 * what it has instead. uv installs from a cache of unpacked files, which other environments may share by hard
 * links: what somebody edited in one of them is installed everywhere, under the same version.
 *
 * @param metadata paths of the distributions' `.dist-info` folders, below the environment
 */
export async function departures(
  environment: string,
  metadata: readonly string[],
  files: TreeRecord['files'],
): Promise<ReadonlyMap<string, string>> {
  const promises = new Map<string, Promised[]>()
  const accepted = new Map<string, Set<string>>()
  for (const folder of metadata) {
    const promised = await promisedBy(environment, folder)
    promises.set(folder, promised)
    for (const { path, sha256 } of promised) accepted.set(path, (accepted.get(path) ?? new Set()).add(sha256))
  }
  const found = new Map<string, string>()
  for (const [folder, promised] of promises) {
    const others = promised
      .map(({ path }) => ({ path, content: files.get(path)?.content ?? 'missing' }))
      // Of a file that several distributions bring, the last one stays.
      .filter(({ path, content }) => !accepted.get(path)?.has(content))
    if (others.length > 0) found.set(folder, digestOf(others))
  }
  return found
}

/** What a distribution's RECORD says; it gives no digest of itself and of bytecode. */
async function promisedBy(environment: string, folder: string): Promise<Promised[]> {
  const text = await readFile(posix.join(environment, folder, 'RECORD'), 'utf8').catch(() => '')
  return text.split('\n').flatMap((line) => {
    const [, quoted, plain, digest] = line.match(/^(?:"((?:[^"]|"")+)"|([^",]+)),sha256=([\w-]{43}),/) ?? []
    const path = quoted?.replaceAll('""', '"') ?? plain
    if (path === undefined || digest === undefined) return []
    const sha256 = Buffer.from(digest, 'base64url').toString('hex')
    return [{ path: posix.join(posix.dirname(folder), path), sha256 }]
  })
}

function digestOf(others: readonly { path: string; content: string }[]): string {
  const hash = createHash('sha256')
  for (const { path, content } of [...others].sort((a, b) => (a.path < b.path ? -1 : 1))) {
    hash.update(`${path}\0${content}\0`)
  }
  return hash.digest('hex')
}
