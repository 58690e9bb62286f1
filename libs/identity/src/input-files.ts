import { createHash, randomUUID } from 'node:crypto'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { open, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { hashFile, UserError } from '@blacksmith/config/header'
import { ensureFolder, ensureHome, lockInStore, noteUse } from '@blacksmith/store/folders'
import type { Layout } from '@blacksmith/store/home'
import { flushMappings, IntegrityIndex } from '@blacksmith/store/integrity'
import { type Declaration, type DeclaredFile, declaredFiles } from './declared-inputs'

/** A declared input, as a capsule takes it. */
export interface InputFile {
  /** Workspace-relative. */
  path: string
  /** Relative to the folder that declares it; in keys. */
  name: string
  digest: string
  /** Whether it can be run as a program. */
  executable: boolean
  /** Its bytes; of a large file the path of the store's own copy. */
  content: Buffer | string
}

/** Larger ones are not held in memory, and copied once for all capsules. */
const largeBytes = 4 << 20
const chunkBytes = 1 << 20

/**
 * Reads what is declared under `inputs:`.
 *
 * @param keep whether large files are copied into the store, as a run needs them; a plan only hashes
 * @throws UserError for what cannot be read
 */
export async function readInputs(
  workspaceRoot: string,
  declaration: Declaration,
  layout: Layout,
  { keep }: { keep: boolean },
): Promise<InputFile[]> {
  const files = declaredFiles(workspaceRoot, declaration)
  if (files.length === 0) return []
  const folder = join(workspaceRoot, declaration.directory)
  const index = new IntegrityIndex(layout.index).open(folder, statSync(folder).dev)
  const read: InputFile[] = []
  for (const { path, name, bytes } of files) {
    const file = join(workspaceRoot, path)
    try {
      const content = bytes <= largeBytes ? small(file) : await large(file, name, layout, index, keep)
      read.push({ path, name, executable: (statSync(file).mode & 0o100) !== 0, ...content })
    } catch (error) {
      throw unreadable(path, error)
    }
  }
  if (keep) await index.save(files.map(({ name }: DeclaredFile) => name))
  return read
}

/** Where the store keeps its copy of a large input. */
function keptInput(layout: Layout, digest: string): string {
  return join(layout.inputs, digest)
}

/** Whether the store has its copy, which then stays for a day: until it is needed a run may have to wait. */
async function isKept(layout: Layout, digest: string): Promise<boolean> {
  const held = await lockInStore(layout, layout.capsuleLock(digest), 'shared')
  try {
    const kept = existsSync(keptInput(layout, digest))
    if (kept) await noteUse(layout, digest)
    return kept
  } finally {
    held.close()
  }
}

function small(file: string): Pick<InputFile, 'digest' | 'content'> {
  const content = readFileSync(file)
  return { digest: createHash('sha256').update(content).digest('hex'), content }
}

async function large(
  file: string,
  name: string,
  layout: Layout,
  index: ReturnType<IntegrityIndex['open']>,
  keep: boolean,
): Promise<Pick<InputFile, 'digest' | 'content'>> {
  // Before the flush: what is written from then on has a later time, or is not learnt.
  const began = Date.now()
  const trusted = await flushMappings(file, [file])
  const stats = statSync(file)
  const known = trusted ? index.digest(name, stats) : undefined
  if (known !== undefined && (!keep || (await isKept(layout, known))))
    return { digest: known, content: keptInput(layout, known) }
  const digest = keep ? await keepCopy(file, layout) : await hashFile(file)
  index.learn(name, stats, digest, began)
  return { digest, content: keptInput(layout, digest) }
}

/** Copies and hashes in one pass, so that the copy is what the digest says. */
async function keepCopy(file: string, layout: Layout): Promise<string> {
  const access = await ensureHome(layout.home)
  await ensureFolder(layout.inputs, access)
  const partial = join(layout.inputs, `partial-${randomUUID()}`)
  const [source, copy] = [await open(file), await open(partial, 'wx', 0o444)]
  try {
    const hash = createHash('sha256')
    const buffer = Buffer.allocUnsafe(chunkBytes)
    for (;;) {
      const { bytesRead } = await source.read(buffer, 0, buffer.length)
      if (bytesRead === 0) break
      hash.update(buffer.subarray(0, bytesRead))
      await copy.writeFile(buffer.subarray(0, bytesRead))
    }
    // Not by writing it: the umask would take the group's right away.
    await copy.chmod(access.file)
    await copy.sync()
    const digest = hash.digest('hex')
    // One that is there stays: capsules share it.
    if (!(await isKept(layout, digest))) await rename(partial, keptInput(layout, digest))
    return digest
  } finally {
    await Promise.all([source.close(), copy.close()])
    await rm(partial, { force: true })
  }
}

function unreadable(path: string, error: unknown): unknown {
  const { code } = error as NodeJS.ErrnoException
  if (code !== 'EACCES' && code !== 'EPERM' && code !== 'ENOENT') return error
  return new UserError(
    {
      file: path,
      message: code === 'ENOENT' ? 'is declared under inputs:, and has just gone' : 'may not be read by you',
      remedy: code === 'ENOENT' ? 'run the same command again' : 'give yourself permission: chmod u+r',
    },
    { cause: error },
  )
}
