import { open } from 'node:fs/promises'
import { formatBytes } from '@blacksmith/text'
import { isReadOnly } from '../disk/access'
import { type Bounds, Pace } from './bounds'
import type { Part } from './part'
import type { Rate } from './rate'
import type { Ending } from './transfer'

/** What is looked at while bytes come. */
export interface Watched {
  rate: Rate
  bounds: Bounds
  /** Refuses where the disk has no room for so many more bytes. */
  room(bytes: number): Promise<void>
}

/** Writes an answer's body into the part, from the position at which it belongs, and within bounds. */
export async function writeBody(
  part: Part,
  body: AsyncIterable<Uint8Array> & { destroy(): unknown },
  o: { from: number; most: number | undefined; end: number | undefined } & Watched,
): Promise<Ending> {
  const handle = await open(part.file, o.from === 0 ? 'w' : 'r+').catch((error: unknown) => {
    if (isReadOnly(error)) return undefined
    throw error
  })
  if (!handle) {
    body.destroy()
    return { kind: 'restart', reason: 'what was there belongs to another user' }
  }
  let at = o.from
  let roomUntil = o.most ?? at
  let fault: string | undefined
  try {
    await handle.truncate(o.from)
    o.rate.at(at)
    const pace = new Pace(o.bounds, at)
    for await (const chunk of body) {
      const after = at + chunk.length
      if (after > (o.most ?? o.bounds.most)) {
        await part.drop()
        fault = tooMuch(o)
      } else if (pace.tooSlow(after)) fault = tooLittle(o.bounds)
      if (fault !== undefined) break
      if (after > roomUntil) {
        await o.room(chunk.length)
        roomUntil = after + roomStep
      }
      await handle.writev([chunk], at)
      at = after
      o.rate.at(at)
    }
    o.rate.at(at, true)
  } finally {
    body.destroy()
    await handle.close()
  }
  if (fault !== undefined) return { kind: 'never', reason: fault }
  if (o.end !== undefined && at < o.end) return { kind: 'later', reason: 'the connection was cut' }
  return { kind: 'complete' }
}

/** Where nobody says how long a file is, room is looked for in steps of so many bytes. */
const roomStep = 8 << 20

function tooMuch({ most, bounds }: { most: number | undefined; bounds: Bounds }): string {
  return most === undefined
    ? `it sends more than ${formatBytes(bounds.most)} without saying how much: write the file's \`bytes\` into sources.yaml`
    : `it sends more than the ${most} bytes that the file has`
}

function tooLittle({ least, within }: Bounds): string {
  return `it sends too slowly: less than ${formatBytes(least)} in ${within / 1000} s`
}
