import { canonicalJson } from '@blacksmith/config'
import { z } from 'zod'
import { sha256 } from '../key/key'
import { faultOfPath } from './safe-path'

export const sha256Schema = z.string().regex(/^[0-9a-f]{64}$/, 'is not a SHA-256 in hex')

/** A file of an artifact; `path` is relative, with forward slashes. */
export const fileEntrySchema = z.strictObject({
  path: z.string().refine((path) => faultOfPath(path) === undefined, 'is not a plain relative path'),
  bytes: z.number().int().nonnegative(),
  sha256: sha256Schema,
})

/** What a computation made. Equal files give an equal manifest, whoever made them and whenever. */
export const manifestSchema = z.strictObject({
  version: z.literal(1),
  files: z.array(fileEntrySchema),
})

export type FileEntry = z.infer<typeof fileEntrySchema>
export type Manifest = z.infer<typeof manifestSchema>

/** A manifest of files in whatever order: it lists them by path, compared by code units. */
export function manifestOf(files: readonly FileEntry[]): Manifest {
  return { version: 1, files: [...files].sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0)) }
}

/** The bytes of manifest.json. */
export function manifestText(manifest: Manifest): string {
  return canonicalJson(manifest as never)
}

/** Stands for all bytes of an artifact; it is what `sha256sum manifest.json` prints. */
export function manifestDigest(manifest: Manifest): string {
  return sha256(manifestText(manifest))
}

/** The first path, in the order of manifests, under which two of them do not list the same bytes. */
export function firstDifference(one: Manifest, other: Manifest): string | undefined {
  const digests = new Map(other.files.map(({ path, sha256 }) => [path, sha256]))
  const differing = one.files.filter(({ path, sha256 }) => digests.get(path) !== sha256)
  const listed = new Set(one.files.map(({ path }) => path))
  const added = other.files.filter(({ path }) => !listed.has(path))
  return manifestOf([...differing, ...added]).files[0]?.path
}
