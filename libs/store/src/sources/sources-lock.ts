import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { UserError } from '@blacksmith/config'
import { replaceFile } from '@blacksmith/config/header'
import { z } from 'zod'
import { sha256Schema } from '../artifact/manifest'
import type { RemoteFile } from './source'

const lockSchema = z.record(z.string(), z.strictObject({ sha256: sha256Schema, bytes: z.number().int() }))

/** Digests that nobody publishes, by the address of the first mirror. */
export type SourcesLock = z.infer<typeof lockSchema>

/** The file beside a sources.yaml that holds them; it is committed. */
export function sourcesLockFile(listedIn: string): string {
  return join(dirname(listedIn), 'sources.lock.json')
}

/** Reads it; empty where there is none yet. */
export function readSourcesLock(listedIn: string): SourcesLock {
  const file = sourcesLockFile(listedIn)
  try {
    return lockSchema.parse(JSON.parse(readFileSync(file, 'utf8')))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {}
    const remedy = 'restore it from the repository'
    throw new UserError({ file, message: 'is not a list of digests', remedy }, { cause: error })
  }
}

/** A source with the digest that was noted when it was first downloaded. */
export function lockedDigest(source: RemoteFile, lock: SourcesLock): RemoteFile {
  const noted = source.sha256 === null ? lock[source.urls[0] ?? ''] : undefined
  return noted ? { ...source, ...noted } : source
}

/** Notes a digest. The caller holds a lock: several files may be downloaded at once. */
export async function noteDigest(
  source: RemoteFile,
  noted: { sha256: string; bytes: number },
): Promise<void> {
  const lock = { ...readSourcesLock(source.listedIn), [source.urls[0] ?? '']: noted }
  const sorted = Object.fromEntries(Object.entries(lock).sort(([a], [b]) => (a < b ? -1 : 1)))
  await replaceFile(sourcesLockFile(source.listedIn), `${JSON.stringify(sorted, null, 2)}\n`, {
    durable: true,
    mode: 0o644,
  })
}
