import { rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { canonicalJson, type Json } from '@blacksmith/config'
import type { Artifact } from '../artifact/artifact'
import { type FileEntry, firstDifference, manifestOf, manifestText } from '../artifact/manifest'
import { type Provenance, type ProvenanceDraft, provenanceSchema } from '../artifact/provenance'
import { manifestName, provenanceName } from '../artifact/safe-path'
import type { Found } from '../artifact/scan'
import { type Access, accessOf, ensureFolder, notWritable } from '../disk/access'
import { sync, syncEach, syncFiles, writeDurably } from '../disk/durable'
import type { Layout } from '../home'
import { examine } from '../integrity/examine'
import { hashFiles } from '../integrity/hash-files'
import { IntegrityIndex } from '../integrity/integrity-index'
import { keyOf } from '../key/key'
import { refuseUnexpected } from './expected'
import { setAsideIfBroken } from './set-aside'
import { refuseChanged, scanStaging, takeOver } from './staging'

/** What is sealed: the folder, its key, what is known of the run, and which files are records of the run. */
export interface Sealing {
  key: string
  staging: string
  provenance: ProvenanceDraft
  records: readonly string[]
  /** Of what comes from elsewhere: all files that there must be. */
  expected?: readonly FileEntry[] | undefined
  /** Told when the artifact that was there first has other bytes than this one, and in which file first. */
  onDifference?: (path: string) => void
}

/**
 * Turns a staging folder into an artifact. The order of the writes is the protocol: all files are on the disk
 * before provenance.json, that before manifest.json, that before the one rename that makes the artifact appear.
 * Who dies on the way leaves a staging folder, which nobody takes for an artifact.
 *
 * @returns the artifact in the store: ours, or that of whoever was first with an intact one
 * @throws UnexpectedBytes where what comes from elsewhere is not what was promised
 */
export async function seal(layout: Layout, sealing: Sealing): Promise<Artifact> {
  try {
    return await sealFolder(layout, sealing)
  } catch (error) {
    throw notWritable(layout.home, error)
  }
}

async function sealFolder(layout: Layout, sealing: Sealing): Promise<Artifact> {
  const { key, staging, provenance, records } = sealing
  refuseForeignKey(key, provenance)
  const access = await accessOf(layout.home)
  const found = await scanStaging(staging)
  const files = await takeOver(staging, found, access)
  const started = Date.now()
  const paths = files.map(({ path }) => join(staging, path))
  const [digests] = await Promise.all([
    hashFiles(files.map(({ stats }, at) => ({ file: paths[at] ?? '', bytes: stats.size }))),
    syncFiles(staging, paths),
  ])
  refuseChanged(staging, files)

  const isRecord = new Set(records)
  const entries = files.map(({ path, stats }, at) => ({ path, bytes: stats.size, sha256: digests[at] ?? '' }))
  if (sealing.expected) refuseUnexpected(sealing.expected, entries)
  const manifest = manifestOf(entries.filter(({ path }) => !isRecord.has(path)))
  const full = provenanceSchema.parse({
    ...provenance,
    records: manifestOf(entries.filter(({ path }) => isRecord.has(path))).files,
  })
  await writeRecords(
    staging,
    [provenanceName, provenanceText(full)],
    [manifestName, manifestText(manifest)],
    access,
  )
  await syncEach(found.folders.map((folder) => join(staging, folder)))

  const directory = layout.artifact(key)
  await ensureFolder(dirname(directory), access)
  const first = await commit(layout, key, staging)
  if (first) {
    const different = firstDifference(first.manifest, manifest)
    if (different !== undefined) sealing.onDifference?.(different)
    await rm(staging, { recursive: true, force: true })
    return first
  }
  await remember(layout, directory, files, entries, started)
  return { key, directory, manifest, provenance: full }
}

/** Writes both, or none, so that the same folder can be sealed again after room was made. */
async function writeRecords(
  staging: string,
  provenance: readonly [name: string, text: string],
  manifest: readonly [name: string, text: string],
  access: Access,
): Promise<void> {
  try {
    for (const [name, text] of [provenance, manifest])
      await writeDurably(join(staging, name), text, access.file)
  } catch (error) {
    for (const [name] of [provenance, manifest]) await rm(join(staging, name), { force: true })
    throw error
  }
}

function refuseForeignKey(key: string, provenance: ProvenanceDraft): void {
  if (provenance.key !== key || keyOf(provenance.components) !== key) {
    throw new Error(`the key ${key} is not that of the components in the provenance`)
  }
}

function provenanceText(provenance: Provenance): string {
  return `${JSON.stringify(JSON.parse(canonicalJson(provenance as Json)), null, 2)}\n`
}

/** Renames the staging folder into the store. Returns the intact artifact of whoever was first, if any. */
async function commit(layout: Layout, key: string, staging: string): Promise<Artifact | undefined> {
  const directory = layout.artifact(key)
  for (;;) {
    try {
      await rename(staging, directory)
      await sync(dirname(directory))
      return undefined
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code !== 'ENOTEMPTY' && code !== 'EEXIST' && code !== 'ENOTDIR') throw error
    }
    const examination = await examine(layout, key)
    if (examination.state === 'intact') return examination.artifact
    const broken = await setAsideIfBroken(layout, key)
    if (broken && !broken.aside) throw new Error(`${directory} is broken and cannot be moved away`)
  }
}

/** The files were hashed a moment ago: their first verification shall be free too. */
async function remember(
  layout: Layout,
  directory: string,
  files: readonly Found[],
  entries: readonly FileEntry[],
  started: number,
): Promise<void> {
  const device = files[0]?.stats.dev
  if (device === undefined) return
  const index = new IntegrityIndex(layout.index).open(directory, device)
  files.forEach(({ path, stats }, at) => {
    index.learn(path, stats, entries[at]?.sha256 ?? '', started)
  })
  await index.save(files.map(({ path }) => path))
}
