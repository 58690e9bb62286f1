import { open } from 'node:fs/promises'
import { encodePng } from './png'

/** One picture of many in a tensor: `mistakes.safetensors#images/3` is the fourth of the tensor `images`. */
export interface TensorReference {
  file: string
  tensor: string
  index: number
}

const longestHeader = 10_000_000
const mostPixels = 16_000_000

/** Reads such a reference; undefined when a path is none. */
export function tensorReference(path: string): TensorReference | undefined {
  const [, file, tensor, index] = /^(.+\.safetensors)#(.+)\/(\d{1,9})$/.exec(path) ?? []
  if (file === undefined || tensor === undefined) return undefined
  return { file, tensor, index: Number(index) }
}

/**
 * Reads one picture out of a safetensors file (github.com/huggingface/safetensors) as a PNG. The tensor holds bytes:
 * (pictures, height, width) in gray, or (pictures, height, width, channels) with 1, 3 or 4 channels. What is wrong
 * with it is returned in words.
 */
export async function readTensorPicture(
  path: string,
  { tensor, index }: TensorReference,
): Promise<Buffer | string> {
  const file = await open(path, 'r')
  try {
    const head = await readExactly(file, 0, 8)
    const length = head === undefined ? 0 : Number(head.readBigUInt64LE())
    const header = length > 0 && length <= longestHeader ? await readExactly(file, 8, length) : undefined
    const entry = header && entryOf(header.toString('utf8'), tensor)
    if (entry === undefined) return `holds no tensor ${tensor} of bytes`
    const [pictures = 0, height = 0, width = 0, channels = 1] = entry.shape
    const size = height * width * channels
    if (entry.shape.length < 3 || ![1, 3, 4].includes(channels)) return `${tensor} has no shape of pictures`
    if (index >= pictures) return `${tensor} has ${pictures} pictures, numbered from 0`
    if (size === 0 || size > mostPixels) return `${tensor} has pictures of ${width} × ${height}`
    const pixels = await readExactly(file, 8 + length + entry.begin + index * size, size)
    return pixels === undefined ? 'ends too early' : encodePng(width, height, channels, pixels)
  } finally {
    await file.close()
  }
}

function entryOf(header: string, tensor: string): { shape: number[]; begin: number } | undefined {
  try {
    const entries = JSON.parse(header) as Record<
      string,
      { dtype?: string; shape?: unknown; data_offsets?: unknown }
    >
    const { dtype, shape, data_offsets } = Object.hasOwn(entries, tensor) ? (entries[tensor] ?? {}) : {}
    const numbers = (each: unknown): each is number[] =>
      Array.isArray(each) && each.every(Number.isSafeInteger)
    if (dtype !== 'U8' || !numbers(shape) || shape.length > 4 || !numbers(data_offsets)) return undefined
    return { shape, begin: data_offsets[0] ?? 0 }
  } catch {
    return undefined
  }
}

async function readExactly(
  file: {
    read(buffer: Buffer, offset: number, length: number, position: number): Promise<{ bytesRead: number }>
  },
  position: number,
  length: number,
): Promise<Buffer | undefined> {
  const buffer = Buffer.alloc(length)
  const { bytesRead } = await file.read(buffer, 0, length, position)
  return bytesRead === length ? buffer : undefined
}
