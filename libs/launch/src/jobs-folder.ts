import { randomUUID } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { link, lstat, mkdir, rm, writeFile } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { dirname, join } from 'node:path'
import { isUserError, UserError } from '@blacksmith/config'
import type { NamedRemote } from '@blacksmith/config/header'
import { ensureFolder, ensureHome } from '@blacksmith/store/folders'
import { type Cluster, clusterFile } from './cluster/cluster'
import type { Launching } from './launchers'

/** Where a person's jobs travel: in a folder of their own, below one that this machine and all nodes share. */
export function jobsFolder({ folder }: Pick<Cluster, 'folder'>, home: string): string {
  return join(folder ?? join(home, 'jobs'), userInfo().username)
}

/**
 * Makes it where it is not there. Whoever could write there could say what comes of a job, and whoever could read there
 * sees code and data that may be nobody else's business.
 *
 * @throws UserError where it cannot be made, or is somebody else's
 */
export async function ensureJobs({ folder: shared }: Pick<Cluster, 'folder'>, home: string): Promise<string> {
  const folder = jobsFolder({ folder: shared }, home)
  try {
    if (shared === undefined) await ensureFolder(dirname(folder), await ensureHome(home))
    else await mkdir(shared, { recursive: true })
    await mkdir(folder, { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error
    })
  } catch (error) {
    if (isUserError(error)) throw error
    throw new UserError({
      file: folder,
      message: `cannot be made (${(error as NodeJS.ErrnoException).code})`,
      remedy: `name a folder that all who work here may write to as folder in ${clusterFile}, as chmod 1777 makes one`,
    })
  }
  const there = await lstat(folder)
  if (there.isDirectory() && there.uid === process.getuid?.()) return folder
  throw new UserError({
    file: folder,
    message: 'is no folder of yours, and your jobs would travel in it',
    remedy: `have it taken away, or name another folder in ${clusterFile}`,
  })
}

/** A name that a store has of its own: two machines that find the same one there share the store. */
export async function storeName(home: string): Promise<string> {
  const file = join(home, 'store-id')
  if (!existsSync(file)) {
    await ensureHome(home)
    const partial = `${file}.${randomUUID()}`
    await writeFile(partial, randomUUID())
    await link(partial, file).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error
    })
    await rm(partial, { force: true })
  }
  return readFileSync(file, 'utf8')
}

/**
 * Where nodes with a store of their own get what a job reads, and leave what it makes, if nothing else is named for that;
 * undefined where they share this machine's store.
 */
export async function remoteOfJobs({ cluster }: Launching, home: string): Promise<NamedRemote | undefined> {
  if (cluster.home === undefined || cluster.home === home) return undefined
  return sharedBelow(await ensureJobs(cluster, home))
}

/** The same, below the folder of all jobs. */
export async function sharedBelow(jobs: string): Promise<NamedRemote> {
  const address = join(jobs, 'shared')
  await mkdir(address, { recursive: true })
  return { address, scope: 'trusted' }
}
