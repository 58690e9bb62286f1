import type { S3 } from './s3-client'
import type { Deed } from './statuses'

/** A part of a bucket, and how it is asked. */
export interface Place {
  bucket: string
  /** Before all names, with a slash at its end. */
  prefix: string
  /** Asks, and again where it fails in passing; errors come in words. */
  ask<T>(deed: Deed, question: (s3: S3) => Promise<T>, o?: { signal?: AbortSignal | undefined }): Promise<T>
}
