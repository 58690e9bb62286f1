import { pngChunk, pngSignature } from './png'

interface Chunk {
  type: string
  data: Buffer
}

/**
 * The frames of an animated PNG as pictures of their own, so that a page can show them one at a time, at the reader's
 * pace. Undefined when it is not animated, or when its frames are patches of the picture and no whole ones.
 */
export function framesOf(png: Buffer): Buffer[] | undefined {
  const chunks = chunksOf(png)
  const header = chunks?.find(({ type }) => type === 'IHDR')?.data
  if (chunks === undefined || header === undefined || !chunks.some(({ type }) => type === 'acTL'))
    return undefined
  const shared = chunks.filter(({ type }) => ['PLTE', 'tRNS', 'gAMA', 'sRGB', 'iCCP'].includes(type))
  const frames: Buffer[][] = []
  for (const { type, data } of chunks) {
    if (type === 'fcTL') {
      // Width, height and offsets follow the number of the chunk.
      const whole = data.subarray(4, 12).equals(header.subarray(0, 8)) && data.readBigUInt64BE(12) === 0n
      if (!whole) return undefined
      frames.push([])
    }
    // A first picture without a frame control is for viewers that know no animation, and no frame.
    if (type === 'IDAT') frames.at(-1)?.push(data)
    if (type === 'fdAT') frames.at(-1)?.push(data.subarray(4))
  }
  return frames.map((parts) =>
    Buffer.concat([
      pngSignature,
      pngChunk('IHDR', header),
      ...shared.map(({ type, data }) => pngChunk(type, data)),
      ...parts.map((data) => pngChunk('IDAT', data)),
      pngChunk('IEND'),
    ]),
  )
}

/** The chunks of a PNG; undefined when it is none, or ends within one. */
function chunksOf(png: Buffer): Chunk[] | undefined {
  if (!png.subarray(0, 8).equals(pngSignature)) return undefined
  const chunks: Chunk[] = []
  let at = 8
  while (at + 12 <= png.length) {
    const length = png.readUInt32BE(at)
    if (at + 12 + length > png.length) return undefined
    const type = png.toString('latin1', at + 4, at + 8)
    chunks.push({ type, data: png.subarray(at + 8, at + 8 + length) })
    if (type === 'IEND') return chunks
    at += 12 + length
  }
  return undefined
}
