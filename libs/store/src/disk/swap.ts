import { randomBytes } from 'node:crypto'
import { lstat, readdir, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { exchange } from '@blacksmith/native'
import { manifestName } from '../artifact/safe-path'
import { isImmovable, move } from './move'

/** A name beside `destination` for what will come into its place. */
export function incomingName(destination: string): string {
  return nameBeside(destination, 'incoming')
}

/**
 * Puts the folder `incoming` in the place of `destination`, whatever stands there, in one step if the file system can
 * do that.
 */
export async function swapIn(incoming: string, destination: string): Promise<void> {
  if ((await lstat(destination).catch(() => undefined)) === undefined) {
    await rename(incoming, destination)
    return
  }
  try {
    await swap(incoming, destination)
  } catch (error) {
    if (!isImmovable(error)) throw error
    await swapContents(incoming, destination)
  }
}

async function swap(incoming: string, destination: string): Promise<void> {
  try {
    exchange(incoming, destination)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code !== 'EINVAL' && code !== 'ENOSYS') throw error
    await swapByRenames(incoming, destination)
    return
  }
  await rm(incoming, { recursive: true, force: true })
}

/**
 * Where the folder itself cannot be moved, since it is of a lower layer of a container's image, or a mount: what is in
 * it goes, and what comes is moved in. Without its manifest it is no artifact, so that goes first and comes last.
 */
async function swapContents(incoming: string, destination: string): Promise<void> {
  for (const name of manifestFirst(await readdir(destination)))
    await rm(join(destination, name), { recursive: true, force: true })
  for (const name of manifestFirst(await readdir(incoming)).reverse())
    await move(join(incoming, name), join(destination, name))
  await rm(incoming, { recursive: true, force: true })
}

function manifestFirst(names: string[]): string[] {
  return names.sort((a, b) => Number(b === manifestName) - Number(a === manifestName))
}

/** Where the file system cannot exchange: who dies between the two leaves the old one under a name that `recoverSwap` knows. */
async function swapByRenames(incoming: string, destination: string): Promise<void> {
  const outgoing = nameBeside(destination, 'outgoing')
  await rename(destination, outgoing)
  try {
    await rename(incoming, destination)
  } catch (error) {
    await rename(outgoing, destination)
    throw error
  }
  await rm(outgoing, { recursive: true, force: true })
}

/**
 * Ends what an interrupted swap left: the old folder goes back where nothing stands in its place, and half
 * copies go. The caller holds the place lock, so that none of it is anybody's work in progress.
 */
export async function recoverSwap(destination: string): Promise<void> {
  const parent = dirname(destination)
  const names = await readdir(parent).catch(() => [])
  const beside = (kind: string) => names.filter((name) => name.startsWith(prefix(destination, kind)))
  for (const name of beside('outgoing')) {
    const there = await stat(destination).catch(() => undefined)
    if (there) await rm(join(parent, name), { recursive: true, force: true })
    else await move(join(parent, name), destination)
  }
  for (const name of beside('incoming')) await rm(join(parent, name), { recursive: true, force: true })
}

function nameBeside(destination: string, kind: string): string {
  return join(dirname(destination), `${prefix(destination, kind)}${randomBytes(4).toString('hex')}`)
}

function prefix(destination: string, kind: string): string {
  return `.${basename(destination)}.${kind}-`
}
