/**
 * One event of a TensorBoard event file: an Event message (tensorflow/core/util/event.proto) in a TFRecord frame
 * (tensorflow.org/tutorials/load_data/tfrecord): length, its check sum, the bytes, theirs.
 */
export interface ScalarEvent {
  /** Seconds since the epoch. */
  wallTime: number
  step: number
  values: [tag: string, value: number][]
}

/** The first record of a file, which says what it is. */
export function versionRecord(wallTime: number): Buffer {
  return frame(Buffer.concat([double(1, wallTime), bytes(3, Buffer.from('brain.Event:2'))]))
}

/** Says that a run begins at a step: what TensorBoard had read of it from there on no longer counts. */
export function startRecord(wallTime: number, step: number): Buffer {
  const start = Buffer.from([8, 1])
  return frame(Buffer.concat([double(1, wallTime), varintField(2, step), bytes(7, start)]))
}

/** The record of a step's values. */
export function scalarRecord({ wallTime, step, values }: ScalarEvent): Buffer {
  const summary = values.map(([tag, value]) =>
    bytes(1, Buffer.concat([bytes(1, Buffer.from(tag)), float(2, value)])),
  )
  return frame(Buffer.concat([double(1, wallTime), varintField(2, step), bytes(5, Buffer.concat(summary))]))
}

function frame(data: Buffer): Buffer {
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(data.length))
  return Buffer.concat([length, checkSum(length), data, checkSum(data)])
}

/** CRC-32C, rotated and shifted, as the format wants it. */
function checkSum(data: Uint8Array): Buffer {
  const sum = crc32c(data)
  const masked = (((sum >>> 15) | (sum << 17)) + 0xa282ead8) >>> 0
  const buffer = Buffer.alloc(4)
  buffer.writeUInt32LE(masked)
  return buffer
}

const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? 0x82f63b78 ^ (value >>> 1) : value >>> 1
  return value
})

/** The Castagnoli check sum (RFC 3720, appendix B.4). */
export function crc32c(data: Uint8Array): number {
  let sum = 0xffffffff
  for (const byte of data) sum = (table[(sum ^ byte) & 0xff] as number) ^ (sum >>> 8)
  return (sum ^ 0xffffffff) >>> 0
}

// Fields of protocol buffers: a tag (number × 8 + wire type), then the value.

function double(field: number, value: number): Buffer {
  const buffer = Buffer.alloc(9)
  buffer[0] = field * 8 + 1
  buffer.writeDoubleLE(value, 1)
  return buffer
}

function float(field: number, value: number): Buffer {
  const buffer = Buffer.alloc(5)
  buffer[0] = field * 8 + 5
  buffer.writeFloatLE(value, 1)
  return buffer
}

function bytes(field: number, value: Buffer): Buffer {
  return Buffer.concat([Buffer.from([field * 8 + 2]), varint(value.length), value])
}

function varintField(field: number, value: number): Buffer {
  return Buffer.concat([Buffer.from([field * 8]), varint(value)])
}

function varint(value: number): Buffer {
  const parts: number[] = []
  let rest = Math.max(0, Math.trunc(value))
  while (rest >= 128) {
    parts.push((rest % 128) + 128)
    rest = Math.floor(rest / 128)
  }
  parts.push(rest)
  return Buffer.from(parts)
}
