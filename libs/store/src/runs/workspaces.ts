import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { provenanceName } from '../artifact/safe-path'
import type { Layout } from '../home'
import { sha256 } from '../key/key'
import { accessOf, ensureFolder, isReadOnly } from '../protocol/access'
import { replaceFile } from '../protocol/durable'
import { lockInStore } from '../protocol/in-use'
import { takeAway } from '../protocol/move'
import { incomingName } from '../protocol/swap'

/** Notes a workspace, so that what stands in its dist/ is not collected. */
export async function registerWorkspace(layout: Layout, root: string): Promise<void> {
  const file = join(layout.workspaces, `${sha256(resolve(root)).slice(0, 16)}.json`)
  if (existsSync(file)) return
  try {
    const access = await accessOf(layout.home)
    await ensureFolder(layout.workspaces, access)
    await replaceFile(file, `${JSON.stringify({ path: resolve(root) })}\n`, access.file)
  } catch (error) {
    if (!isReadOnly(error)) throw error
  }
}

/** The workspace of a `<root>/dist/<project>/<configuration>/<target>`; undefined for any other folder. */
export function workspaceOf(destination: string): string | undefined {
  const dist = dirname(dirname(dirname(resolve(destination))))
  return basename(dist) === 'dist' ? dirname(dist) : undefined
}

/** A copy of an artifact in the dist/ of a registered workspace. */
export interface PlacedCopy {
  key: string
  directory: string
}

export async function placedCopies(layout: Layout): Promise<PlacedCopy[]> {
  const copies: PlacedCopy[] = []
  for (const entry of await names(layout.workspaces)) {
    const root = await readJson(join(layout.workspaces, entry), 'path')
    if (root === undefined) continue
    for (const directory of await threeBelow(join(root, 'dist'))) {
      const key = await readJson(join(directory, provenanceName), 'key')
      if (key !== undefined) copies.push({ key, directory })
    }
  }
  return copies
}

/** The keys of all artifacts that stand in the dist/ of a registered workspace, each with where. */
export async function placedKeys(layout: Layout): Promise<Map<string, string>> {
  return new Map((await placedCopies(layout)).map(({ key, directory }) => [key, directory]))
}

/** Takes a copy out of a dist/, unless something else stands there by now. */
export async function removeCopy(layout: Layout, { key, directory }: PlacedCopy): Promise<void> {
  const lock = await lockInStore(layout, layout.placeLock(sha256(directory)), 'exclusive')
  try {
    if ((await readJson(join(directory, provenanceName), 'key')) !== key) return
    // In one step, under a name that the next copy to this place clears away.
    await takeAway(directory, incomingName(directory))
  } finally {
    lock.close()
  }
}

async function threeBelow(folder: string): Promise<string[]> {
  let level = [folder]
  for (let depth = 0; depth < 3; depth++) {
    const below = await Promise.all(
      level.map(async (one) => (await names(one)).map((name) => join(one, name))),
    )
    level = below.flat()
  }
  return level
}

async function names(folder: string): Promise<string[]> {
  return readdir(folder).catch(() => [])
}

async function readJson(file: string, field: string): Promise<string | undefined> {
  try {
    const value = (JSON.parse(await readFile(file, 'utf8')) as Record<string, unknown>)[field]
    return typeof value === 'string' ? value : undefined
  } catch {
    // Not an artifact, or one that is being replaced this moment: then its key is held by a lock.
    return undefined
  }
}
