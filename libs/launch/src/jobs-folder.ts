import { randomUUID } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { link, mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { NamedRemote } from '@blacksmith/config/header'
import { ensureFolder, ensureHome } from '@blacksmith/store/folders'
import type { Cluster } from './cluster/cluster'
import type { Launching } from './launchers'

/** Where jobs travel: a folder that this machine and all nodes share. */
export function jobsFolder({ folder }: Pick<Cluster, 'folder'>, home: string): string {
  return folder ?? join(home, 'jobs')
}

/** Makes it where it is not there. */
export async function ensureJobs(cluster: Cluster, home: string): Promise<string> {
  const folder = jobsFolder(cluster, home)
  if (cluster.folder === undefined) await ensureFolder(folder, await ensureHome(home))
  else await mkdir(folder, { recursive: true })
  return folder
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
