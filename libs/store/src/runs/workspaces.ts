import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { UserError } from '@blacksmith/config'
import { replaceFile } from '@blacksmith/config/header'
import { provenanceName } from '../artifact/safe-path'
import { accessOf, ensureFolder, isReadOnly } from '../disk/access'
import { takeAway } from '../disk/move'
import { incomingName } from '../disk/swap'
import type { Layout } from '../home'
import { sha256 } from '../key/key'
import { lockOutput } from '../sealing/materialize'

/** Notes a workspace, so that what stands in its dist/ is not collected. A note that is damaged is written again. */
export async function registerWorkspace(layout: Layout, root: string): Promise<void> {
  const path = resolve(root)
  const file = join(layout.workspaces, `${sha256(path).slice(0, 16)}.json`)
  if ((await readJson(file, 'path')) === path) return
  try {
    const access = await accessOf(layout.home)
    await ensureFolder(layout.workspaces, access)
    await replaceFile(file, `${JSON.stringify({ path })}\n`, { durable: true, mode: access.file })
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
export interface OutputCopy {
  key: string
  directory: string
}

/**
 * All copies in the workspaces that are registered.
 *
 * @throws UserError where a note of one cannot be read: nobody knows what stands in its dist/
 */
export async function outputCopies(layout: Layout): Promise<OutputCopy[]> {
  const notes = (await names(layout.workspaces)).filter((name) => name.endsWith('.json'))
  const copies: OutputCopy[] = []
  for (const name of notes.filter((each) => !each.startsWith('.'))) {
    const note = join(layout.workspaces, name)
    const root = await readJson(note, 'path')
    if (root === undefined && existsSync(note)) throw damaged(note)
    for (const directory of root === undefined ? [] : await threeBelow(join(root, 'dist'))) {
      const key = await readJson(join(directory, provenanceName), 'key')
      if (key !== undefined) copies.push({ key, directory })
    }
  }
  return copies
}

function damaged(file: string): UserError {
  return new UserError({
    file,
    message: 'does not say which workspace it stands for, so what its dist/ uses is not known',
    remedy:
      'run a target with --skip-nx-cache in each workspace that uses this store, which mends it; if it stays, ' +
      'its workspace is gone: remove the file',
  })
}

/** The keys of all artifacts that stand in the dist/ of a registered workspace, each with where. */
export async function outputKeys(layout: Layout): Promise<Map<string, string>> {
  return new Map((await outputCopies(layout)).map(({ key, directory }) => [key, directory]))
}

/** Takes a copy out of a dist/, unless something else stands there by now. */
export async function removeCopy(layout: Layout, { key, directory }: OutputCopy): Promise<void> {
  const lock = await lockOutput(layout, directory)
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
