import { constants } from 'node:fs'
import { chmod, copyFile, mkdir, rm, stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { UserError } from '@blacksmith/config'
import { type Artifact, readArtifact } from '../artifact/artifact'
import { manifestName, provenanceName } from '../artifact/safe-path'
import { isFull, isReadOnly, makeFolders } from '../disk/access'
import { type Hold, lockInStore } from '../disk/in-use'
import { incomingName, recoverSwap, swapIn } from '../disk/swap'
import type { Layout } from '../home'
import { IntegrityIndex } from '../integrity/integrity-index'
import { verifyFiles } from '../integrity/verify'
import { sha256 } from '../key/key'

const atOnce = 16

/** Keeps all others from exchanging a folder outside the store. */
export async function lockOutput(layout: Layout, destination: string): Promise<Hold> {
  return lockInStore(layout, layout.outsideLock(sha256(resolve(destination))), 'exclusive')
}

/**
 * Copies an artifact to a folder outside the store, whole: the folder holds what it held or the artifact.
 * Where the file system has reflinks the copy costs neither time nor space. The copy is its owner's to change.
 *
 * @param complete adds to the copy what goes with it, before anybody else can exchange the folder
 */
export async function materialize(
  layout: Layout,
  artifact: Artifact,
  destination: string,
  complete: () => Promise<void>,
): Promise<void> {
  const lock = await lockOutput(layout, destination)
  try {
    await copyInto(layout, artifact, resolve(destination))
    await complete()
  } finally {
    lock.close()
  }
}

async function copyInto(layout: Layout, artifact: Artifact, target: string): Promise<void> {
  const incoming = incomingName(target)
  try {
    await makeFolders(dirname(target))
    await recoverSwap(target)
    if (await stands(layout, artifact, target)) return
    await copyArtifact(artifact, incoming)
    await swapIn(incoming, target)
  } catch (error) {
    await rm(incoming, { recursive: true, force: true }).catch(() => undefined)
    throw explained(target, error)
  }
}

/** Whether the artifact is there already, whole: then nothing is copied, and no time stamp changes. */
async function stands(layout: Layout, { manifest, provenance }: Artifact, target: string): Promise<boolean> {
  const there = await readArtifact(target)
  if (!there || !isDeepStrictEqual(there, { manifest, provenance })) return false
  const entries = [...manifest.files, ...provenance.records]
  const { broken } = await verifyFiles(target, entries, { index: new IntegrityIndex(layout.index) })
  return broken.length === 0
}

/** Copies manifest, provenance, files and records into a new folder. */
export async function copyArtifact(artifact: Artifact, into: string): Promise<void> {
  const { manifest, provenance, directory } = artifact
  const files = [...manifest.files, ...provenance.records].map(({ path }) => path)
  const folders = new Set(files.map((path) => dirname(path)))
  await makeFolders(into)
  for (const folder of folders) await mkdir(join(into, folder), { recursive: true })
  const mask = (await stat(into)).mode & 0o666
  const copy = async (path: string) => {
    const to = join(into, path)
    await copyFile(join(directory, path), to, constants.COPYFILE_FICLONE)
    await chmod(to, mask)
  }
  const pending = [...files]
  const worker = async () => {
    for (let path = pending.pop(); path !== undefined; path = pending.pop()) await copy(path)
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
  await copy(provenanceName)
  await copy(manifestName)
}

function explained(destination: string, error: unknown): unknown {
  const { code } = error as NodeJS.ErrnoException
  if (isFull(error)) {
    const remedy = 'make room on its disk and run the same command again'
    return new UserError(
      { file: destination, message: 'there is no space left for it', remedy },
      { cause: error },
    )
  }
  if (!isReadOnly(error)) return error
  const message = `cannot be written (${code})`
  return new UserError(
    { file: destination, message, remedy: 'check who owns the folder above' },
    { cause: error },
  )
}
