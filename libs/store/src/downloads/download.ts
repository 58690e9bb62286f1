import { chmod, rename } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { lock } from '@blacksmith/native'
import { type Access, ensureFolder, ensureHome, notWritable } from '../disk/access'
import { sync } from '../disk/durable'
import { Layout } from '../home'
import { sha256 } from '../key/key'
import { type Bounds, defaultBounds } from './bounds'
import { downloaded } from './downloaded'
import { type Client, type HttpTimeouts, httpClient } from './http'
import { fetchFromMirrors, type Retries } from './mirrors'
import { Part } from './part'
import type { DownloadProgress } from './rate'

/** A file and where it can be had from. */
export interface DownloadSource {
  name: string
  /** Mirrors, in the order in which they are tried. */
  urls: readonly string[]
  /** Null where it is not known before the first download. */
  sha256: string | null
  bytes?: number | undefined
}

export interface DownloadOptions {
  /** The store's home. */
  home: string
  signal?: AbortSignal
  onProgress?: (progress: DownloadProgress) => void
  /** Told when another process is downloading the same file, and when a mirror fails. */
  onNote?: (line: string) => void
  /** Where the proxy variables are looked up. */
  env?: NodeJS.ProcessEnv
  timeouts?: Partial<HttpTimeouts>
  retries?: Partial<Retries>
  bounds?: Partial<Bounds>
}

const defaultTimeouts: HttpTimeouts = { connect: 10_000, response: 30_000, stall: 30_000 }
const defaultRetries: Retries = { tries: 4, pause: 500, longestPause: 60_000 }

/**
 * Downloads a file, or finds that it is here, and verifies it either way. A download that was interrupted goes
 * on where it ended; nothing partial or wrong ever stands under the final name.
 *
 * @returns the file: `downloads/<sha256>` in the store
 * @throws UserError when no mirror has the file, or there is no room for it
 */
export async function download(source: DownloadSource, o: DownloadOptions): Promise<string> {
  const layout = new Layout(o.home)
  const here = source.sha256 === null ? undefined : await downloaded(layout, source.sha256)
  if (here !== undefined) return here
  try {
    const access = await ensureHome(o.home)
    const lockFile = layout.downloadLock(source.sha256 ?? addressDigest(source))
    await ensureFolder(layout.downloads, access)
    await ensureFolder(dirname(lockFile), access)
    const held = await lock(lockFile, 'exclusive', {
      ...(o.signal ? { signal: o.signal } : {}),
      onWait: () => o.onNote?.(`another process is downloading ${source.name}; waiting for it`),
    })
    try {
      return await downloadLocked(layout, access, source, o)
    } finally {
      held.close()
    }
  } catch (error) {
    throw notWritable(o.home, error)
  }
}

async function downloadLocked(
  layout: Layout,
  access: Access,
  source: DownloadSource,
  o: DownloadOptions,
): Promise<string> {
  // Whoever had the lock before us has probably left it here.
  const here = source.sha256 === null ? undefined : await downloaded(layout, source.sha256)
  if (here !== undefined) return here
  const part = new Part(join(layout.downloads, `${source.sha256 ?? addressDigest(source)}.part`))
  const client: Client = httpClient({ ...defaultTimeouts, ...o.timeouts }, o.env ?? process.env)
  try {
    const digest = await fetchFromMirrors(source, part, {
      client,
      retries: { ...defaultRetries, ...o.retries },
      bounds: { ...defaultBounds, ...o.bounds },
      signal: o.signal ?? new AbortController().signal,
      onProgress: o.onProgress ?? (() => undefined),
      onNote: o.onNote ?? (() => undefined),
    })
    return await finish(part, join(layout.downloads, digest), access)
  } finally {
    await client.close()
  }
}

/** Gives a whole and verified file its final name. */
async function finish(part: Part, final: string, access: Access): Promise<string> {
  await sync(part.file)
  await protect(part.file, access)
  await rename(part.file, final)
  await sync(dirname(final))
  await part.forgetOrigin()
  return final
}

/** Takes the right to write from a file; where another user of the store has begun it, that right is theirs to take. */
async function protect(file: string, access: Access): Promise<void> {
  try {
    await chmod(file, access.file)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') throw error
  }
}

function addressDigest(source: DownloadSource): string {
  return sha256(source.urls[0] ?? source.name)
}
