import { dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { UserError } from '@blacksmith/config'
import { hashFile } from '@blacksmith/config/header'
import type { Bounds } from './bounds'
import type { DownloadSource } from './download'
import { requireSpace } from './free-space'
import type { Client } from './http'
import type { Part } from './part'
import { type DownloadProgress, Rate } from './rate'
import { type Ending, endingOf, transfer } from './transfer'

/** How often a mirror is asked again that has the file but does not get it across. */
export interface Retries {
  /** Requests in a row that bring nothing. */
  tries: number
  /** Milliseconds before the second request; it doubles with each. */
  pause: number
  longestPause: number
}

export interface Fetching {
  client: Client
  retries: Retries
  bounds: Bounds
  signal: AbortSignal
  onProgress(progress: DownloadProgress): void
  onNote(line: string): void
}

/**
 * Fills the part from the first mirror that has the file.
 *
 * @returns the digest of the part, which is whole
 */
export async function fetchFromMirrors(
  source: DownloadSource,
  part: Part,
  fetching: Fetching,
): Promise<string> {
  if (source.bytes !== undefined) {
    await requireSpace(dirname(part.file), Math.max(0, source.bytes - (await part.size())), source.name)
  }
  const faults: { url: string; reason: string }[] = []
  for (const url of source.urls) {
    const ending = await fetchFrom(url, source, part, fetching)
    if ('digest' in ending) return ending.digest
    faults.push({ url, reason: ending.reason })
    if (url !== source.urls.at(-1)) fetching.onNote(`${url}: ${ending.reason}; trying the next mirror`)
  }
  const file = source.sha256 === null ? undefined : join(dirname(part.file), source.sha256)
  throw new UserError([
    {
      message: `${source.name} could not be downloaded`,
      remedy: `check the network and the proxy variables${file ? `, or put the file there by hand as ${file}` : ''}`,
    },
    ...faults.map(({ url, reason }) => ({ file: url, message: reason })),
  ])
}

/** Asks one mirror until the file is whole and right, or it is clear that it will not be. */
async function fetchFrom(
  url: string,
  source: DownloadSource,
  part: Part,
  { client, retries, bounds, signal, onProgress, onNote }: Fetching,
): Promise<{ digest: string } | { reason: string }> {
  const rate = new Rate({ name: source.name, url, total: source.bytes }, onProgress)
  const room = (bytes: number) => requireSpace(dirname(part.file), bytes, source.name)
  let best = await part.size()
  let spentRestart = false
  for (let tries = 1; ; ) {
    signal.throwIfAborted()
    const before = await part.size()
    const ending = await ask(
      () => transfer(source, part, { client, url, signal, rate, bounds, room }),
      signal,
    )
    const size = await part.size()
    if (ending.kind === 'never') return { reason: ending.reason }
    if (ending.kind === 'complete' && (source.bytes === undefined || size >= source.bytes)) {
      const digest = await hashFile(part.file)
      if (source.sha256 === null || digest === source.sha256) return { digest }
      await part.drop()
      best = 0
      // The beginning may be what was wrong: torn by a power cut, or from another mirror.
      if (before === 0 || spentRestart) return { reason: `its file has the SHA-256 ${digest}` }
      spentRestart = true
      continue
    }
    if (ending.kind === 'restart') {
      await part.drop()
      best = 0
      if (spentRestart) return { reason: ending.reason }
      spentRestart = true
      continue
    }
    const reason = 'reason' in ending ? ending.reason : 'the answer ended early'
    // A mirror that cuts after each byte has to get further than that, or it would be asked for ever.
    if (size - best >= bounds.least) {
      tries = 1
      best = size
    } else if (tries++ >= retries.tries) return { reason }
    onNote(`${url}: ${reason}; trying again`)
    await delay(pauseOf(ending, tries, retries), undefined, { signal }).catch(() => signal.throwIfAborted())
  }
}

async function ask(request: () => Promise<Ending>, signal: AbortSignal): Promise<Ending> {
  try {
    return await request()
  } catch (error) {
    signal.throwIfAborted()
    return endingOf(error)
  }
}

/** Doubles with each try; a mirror that says how long is believed, within bounds. */
function pauseOf(ending: Ending, tries: number, { pause, longestPause }: Retries): number {
  const asked = 'after' in ending ? ending.after : undefined
  return Math.min(longestPause, asked ?? pause * 2 ** (tries - 1) * (0.75 + Math.random() / 2))
}
