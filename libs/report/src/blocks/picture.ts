import { readFile, realpath, stat } from 'node:fs/promises'
import { isAbsolute, join, relative, sep } from 'node:path'
import { formatBytes } from '@blacksmith/text'
import { readTensorPicture, tensorReference } from './tensor-picture'

const largestPicture = 8_000_000

/** A picture that can be put into a page, or why it cannot. */
export type PictureData = { ok: true; type: string; bytes: Buffer } | { ok: false; problem: string }

/** Reads a picture of a page by its path; undefined where it cannot be shown, which is noted elsewhere. */
export type ReadPicture = (path: string) => Promise<{ type: string; bytes: Buffer } | undefined>

/**
 * Reads a picture below `directory` for a page that needs no other file. Its type is taken from its bytes, not from
 * its name; a path or a link that leads out of the folder is refused. `file.safetensors#tensor/3` is one picture of
 * a tensor of them, made a PNG.
 */
export async function readPicture(directory: string, path: string): Promise<PictureData> {
  const refused = (problem: string): PictureData => ({ ok: false, problem: `${path}: ${problem}` })
  if (isAbsolute(path) || path.includes('\0')) return refused('is not a path relative to the folder')
  const reference = tensorReference(path)
  const root = await realpath(directory)
  const real = await realpath(join(root, reference?.file ?? path)).catch(() => undefined)
  if (real === undefined) return refused('there is no such file')
  const inside = relative(root, real)
  if (inside === '' || inside === '..' || inside.startsWith(`..${sep}`))
    return refused('is outside the folder')
  // Asked before it is opened: opening a pipe would wait for its writer.
  const found = await stat(real)
  if (!found.isFile()) return refused('is not a file')
  if (reference !== undefined) {
    const read = await readTensorPicture(real, reference)
    return typeof read === 'string' ? refused(read) : { ok: true, type: 'image/png', bytes: read }
  }
  if (found.size > largestPicture)
    return refused(`has ${formatBytes(found.size)}, more than ${formatBytes(largestPicture)}`)
  const bytes = await readFile(real)
  const type = pictureType(bytes)
  if (type === undefined) return refused('is not PNG, JPEG, GIF or WebP')
  return { ok: true, type, bytes }
}

/** A picture as an address that holds it. */
export function dataUri(type: string, bytes: Buffer): string {
  return `data:${type};base64,${bytes.toString('base64')}`
}

function pictureType(bytes: Buffer): string | undefined {
  const begins = (text: string, at = 0) => bytes.subarray(at, at + text.length).toString('latin1') === text
  if (begins('\x89PNG\r\n\x1a\n')) return 'image/png'
  if (begins('\xff\xd8\xff')) return 'image/jpeg'
  if (begins('GIF87a') || begins('GIF89a')) return 'image/gif'
  if (begins('RIFF') && begins('WEBP', 8)) return 'image/webp'
  return undefined
}
