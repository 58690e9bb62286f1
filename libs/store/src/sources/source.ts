import { z } from 'zod'
import { sha256Schema } from '../artifact/manifest'

const url = z.url({ protocol: /^https?$/, error: 'is not an http or https address' })
const bytes = z.number().int().nonnegative().optional()

/** A file to download: its mirrors in the order in which they are tried. */
const remoteSchema = z.strictObject({
  urls: z.array(url).min(1, 'names no mirror'),
  /** Null where nobody publishes it: the first download notes it in sources.lock.json. */
  sha256: sha256Schema.nullable(),
  bytes,
  licence: z.string().optional(),
})

/** A file of an installed npm package, found as Node finds packages. */
const packageSchema = z.strictObject({
  package: z.string().min(1),
  path: z.string().min(1),
  sha256: sha256Schema,
  bytes,
  licence: z.string().optional(),
})

/** Files that belong together, and for which `dataset` sections of a config they are asked for. */
export const groupSchema = z.strictObject({
  when: z.record(z.string(), z.json()).default({}),
  licence: z.string().optional(),
  files: z
    .record(z.string().regex(/^[\w.-]+$/, 'is not a plain name'), z.union([remoteSchema, packageSchema]))
    .default({}),
  /** Globs of files of the workspace that the preparation reads, relative to the data set's folder. */
  inputs: z.array(z.string().min(1)).default([]),
})

/** Empty where all is generated, or a person's own. */
export const sourcesSchema = z.array(groupSchema).default([])

/** Where a source is listed: for messages, for sources.lock.json and for finding packages. */
interface Listed {
  name: string
  /** The sources.yaml. */
  listedIn: string
}

export type RemoteFile = z.infer<typeof remoteSchema> & Listed
export type PackageFile = z.infer<typeof packageSchema> & Listed
export type SourceFile = RemoteFile | PackageFile

export interface SourceGroup {
  when: z.infer<typeof groupSchema>['when']
  licence?: string | undefined
  files: Record<string, SourceFile>
  inputs: string[]
}

export function isRemote(source: SourceFile): source is RemoteFile {
  return 'urls' in source
}
