import { type Stats, statSync } from 'node:fs'
import { basename, extname } from 'node:path'
import { manifestDigest, manifestOf } from '../artifact/manifest'
import { flushMappings } from './flush-mappings'
import { hashFiles } from './hash-files'
import type { IntegrityIndex } from './integrity-index'
import { type OwnFile, ownFiles, unreadable } from './own-data'

/** Beyond so many files their digests are summed up in one, or provenance would outgrow the data. */
const mostNamed = 1000
/** These say how a file is packed, and the suffix before them what is in it. */
const packed: readonly string[] = ['.gz', '.bz2', '.xz', '.zst', '.lz4', '.zip']

/**
 * The SHA-256 of each file of somebody's own data. Of a folder by relative paths, or of all together under `.` where
 * there are more than a thousand; links to files count as the files. Of one file under `./*` and its suffix, since
 * readers choose a format by that: `./*.tsv`, `./*.jsonl.gz`. Neither can be the path of a file in a folder.
 *
 * @param index files that it knows are not read again
 * @throws UserError naming what is no file, is not there or cannot be read
 */
export async function digestTree(path: string, index?: IntegrityIndex): Promise<Record<string, string>> {
  const { top, files } = await ownFiles(path)
  const isFolder = top.isDirectory()
  try {
    const digested = await digestFiles(path, top.dev, files, index)
    if (!isFolder) return { [`./*${suffixOf(path)}`]: digested[0]?.sha256 ?? '' }
    const manifest = manifestOf(digested)
    if (files.length > mostNamed) return { '.': manifestDigest(manifest) }
    return Object.fromEntries(manifest.files.map((entry) => [entry.path, entry.sha256]))
  } catch (error) {
    throw unreadable(path, error)
  }
}

async function digestFiles(path: string, device: number, files: readonly OwnFile[], index?: IntegrityIndex) {
  // Before the flush: what is written from then on has a later time, or is not learnt.
  const started = Date.now()
  const trusted =
    index &&
    (await flushMappings(
      path,
      files.map(({ file }) => file),
    ))
  const known = trusted ? index.open(path, device) : undefined
  const found: { stats: Stats; sha256: string | undefined }[] = files.map(({ path: inside, file }) => {
    const stats = statSync(file)
    return { stats, sha256: known?.digest(inside, stats) }
  })
  const unknown = found.flatMap((one, at) => (one.sha256 === undefined ? [{ ...one, at }] : []))
  const hashed = await hashFiles(
    unknown.map(({ stats, at }) => ({ file: files[at]?.file ?? '', bytes: stats.size })),
  )
  unknown.forEach(({ stats, at }, nth) => {
    const sha256 = hashed[nth] ?? ''
    found[at] = { stats, sha256 }
    known?.learn(files[at]?.path ?? '', stats, sha256, started)
  })
  await known?.save(files.map((file) => file.path))
  return found.map(({ stats, sha256 }, at) => ({
    path: files[at]?.path ?? '',
    bytes: stats.size,
    sha256: sha256 ?? '',
  }))
}

function suffixOf(path: string): string {
  const last = extname(path)
  return packed.includes(last.toLowerCase()) ? `${extname(basename(path, last))}${last}` : last
}
