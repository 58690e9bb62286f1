import { deflateSync } from 'node:zlib'

export const pngSignature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])

/** Colour types of the PNG specification (11.2.2), by how many bytes a pixel has. */
const colourTypes: Record<number, number> = { 1: 0, 3: 2, 4: 6 }

/** A PNG of 8-bit pixels in rows: gray (1 byte each), RGB (3) or RGBA (4). */
export function encodePng(width: number, height: number, channels: number, pixels: Uint8Array): Buffer {
  const colourType = colourTypes[channels]
  if (colourType === undefined) throw new RangeError(`${channels} channels are no picture`)
  const stride = width * channels
  // Each row begins with the number of its filter; 0 is none.
  const rows = Buffer.alloc(height * (1 + stride))
  for (let y = 0; y < height; y += 1)
    rows.set(pixels.subarray(y * stride, (y + 1) * stride), y * (1 + stride) + 1)
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header.set([8, colourType, 0, 0, 0], 8)
  return Buffer.concat([
    pngSignature,
    pngChunk('IHDR', header),
    pngChunk('IDAT', deflateSync(rows)),
    pngChunk('IEND'),
  ])
}

/** A chunk with its length and check sum. */
export function pngChunk(type: string, data: Uint8Array = Buffer.alloc(0)): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const length = Buffer.alloc(4)
  length.writeUInt32BE(data.length)
  const sum = Buffer.alloc(4)
  sum.writeUInt32BE(crc32(body))
  return Buffer.concat([length, body, sum])
}

const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1
  return value
})

/** The check sum of the PNG specification (annex D); zlib's own is in Node only since 20.15. */
function crc32(bytes: Uint8Array): number {
  let sum = 0xffffffff
  for (const byte of bytes) sum = (table[(sum ^ byte) & 0xff] as number) ^ (sum >>> 8)
  return (sum ^ 0xffffffff) >>> 0
}
