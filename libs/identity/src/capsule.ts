import { randomUUID } from 'node:crypto'
import {
  chmodSync,
  linkSync,
  readdirSync,
  readFileSync,
  realpathSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { copyFile, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { canonicalJson, hashFile } from '@blacksmith/config/header'
import {
  accessOf,
  ensureFolder,
  ensureHome,
  lockInStore,
  noteUse,
  notWritable,
  takeAway,
} from '@blacksmith/store/folders'
import type { Layout } from '@blacksmith/store/home'
import { IntegrityIndex, sha256 } from '@blacksmith/store/integrity'

/** A file in a capsule. */
export interface CapsuleFile {
  /** Where it stands in the workspace, and in the capsule. */
  path: string
  digest: string
  /** Whether it can be run as a program. */
  executable?: boolean
  /** Its bytes, or the path of a copy that nobody changes. */
  content: Buffer | string
}

/** A copy of all that a target's process may read of the workspace. It stays until it is released. */
export interface Capsule {
  digest: string
  /** The folder that stands for the workspace's root. */
  tree: string
  release(): void
}

/**
 * Puts files into a folder that is named by their digest, once for all who need the same. What is edited in the
 * workspace afterwards does not reach whoever reads there.
 *
 * @param folder a workspace-relative folder that has to be there, files or not
 */
export async function provideCapsule(
  layout: Layout,
  files: readonly CapsuleFile[],
  folder: string,
): Promise<Capsule> {
  const listed = files.map(({ path, digest, executable }) => [path, digest, ...(executable ? ['x'] : [])])
  const digest = sha256(canonicalJson({ version: 1, folder, files: listed.sort(byPath) }))
  const tree = layout.capsule(digest)
  await ensureHome(layout.home)
  const held = await lockInStore(layout, layout.capsuleLock(digest), 'shared')
  try {
    if (!(await isWhole(layout, tree, files, folder))) await makeOnce(layout, digest, files, folder)
    await noteUse(layout, digest)
    // Programs that resolve links show it by this name.
    return { digest, tree: realpathSync(tree), release: () => held.close() }
  } catch (error) {
    held.close()
    throw notWritable(layout.home, error)
  }
}

function byPath([a = '']: string[], [b = '']: string[]): number {
  return a < b ? -1 : 1
}

async function isWhole(
  layout: Layout,
  tree: string,
  files: readonly CapsuleFile[],
  folder: string,
): Promise<boolean> {
  try {
    if (!statSync(join(tree, folder)).isDirectory()) return false
    // What is there besides would be read, too.
    const there = readdirSync(tree, { recursive: true, withFileTypes: true }).filter(
      (entry) => !entry.isDirectory(),
    )
    if (there.length !== files.length) return false
    for (const { path, digest, content } of files) {
      const file = join(tree, path)
      if (
        typeof content === 'string'
          ? (await known(layout, file)) !== digest
          : !readFileSync(file).equals(content)
      )
        return false
    }
    return true
  } catch {
    // Not there, or not as it was made.
    return false
  }
}

/** The digest of a large file, which is read again only when its times say so. */
async function known(layout: Layout, file: string): Promise<string> {
  const stats = statSync(file)
  const index = new IntegrityIndex(layout.index).open(dirname(file), stats.dev)
  const before = index.digest(file, stats)
  if (before !== undefined) return before
  const began = Date.now()
  const digest = await hashFile(file)
  index.learn(file, stats, digest, began)
  await index.save([file])
  return digest
}

/** Of several who want the same one the first makes it: a second one would take it from under the first one's run. */
async function makeOnce(
  layout: Layout,
  digest: string,
  files: readonly CapsuleFile[],
  folder: string,
): Promise<void> {
  const tree = layout.capsule(digest)
  const maker = await lockInStore(layout, layout.capsuleMakerLock(digest), 'exclusive')
  try {
    if (!(await isWhole(layout, tree, files, folder))) await make(layout, tree, files, folder)
  } finally {
    maker.close()
  }
}

/** Whole or not at all; one that was damaged makes room. */
async function make(
  layout: Layout,
  tree: string,
  files: readonly CapsuleFile[],
  folder: string,
): Promise<void> {
  const access = await accessOf(layout.home)
  await ensureFolder(layout.capsules, access)
  const partial = join(layout.capsules, `partial-${randomUUID()}`)
  try {
    const folders = new Set([folder, ...files.map(({ path }) => dirname(path))])
    for (const each of folders) await ensureFolder(join(partial, each), access)
    for (const { path, content, executable } of files) {
      const file = join(partial, path)
      if (typeof content === 'string') await linkOrCopy(content, file)
      else writeFileSync(file, content)
      allow(file, executable ? access.file | (access.file >> 2) : access.file)
    }
    await takeAway(tree, `${partial}-aside`).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error
    })
    await rename(partial, tree)
  } finally {
    await rm(partial, { recursive: true, force: true })
  }
}

/** Not by writing it: the umask would take the group's right away. A link to another user's file has it already. */
function allow(file: string, mode: number): void {
  if ((statSync(file).mode & 0o777) !== mode) chmodSync(file, mode)
}

/** The store's copy is as read-only as the capsule: both may be one file. */
async function linkOrCopy(from: string, to: string): Promise<void> {
  try {
    linkSync(from, to)
  } catch {
    // Another file system, or one without links.
    await copyFile(from, to)
  }
}
