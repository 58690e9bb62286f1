import { chmodSync, copyFileSync, lstatSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { UserError } from '@blacksmith/config'
import { besideNames, manifestName, provenanceName } from '../artifact/safe-path'
import { type Found, type Scan, scan } from '../artifact/scan'
import { type Access, adoptFolder } from '../disk/access'
import { isSettled } from '../integrity/integrity-index'

/** How many mistakes are shown of a folder that is full of them. */
const shown = 10

/** Lists what a computation made, and refuses what an artifact cannot hold. */
export async function scanStaging(staging: string): Promise<Scan> {
  const found = await scan(staging)
  const reserved = [manifestName, provenanceName, ...besideNames]
  const own = found.files.filter(({ path }) => reserved.includes(path))
  const faults = [
    ...found.odd,
    ...own.map(({ path }) => ({ path, reason: 'a file of this name is written beside it' })),
  ]
  if (faults.length > 0) {
    throw new UserError(
      faults.slice(0, shown).map(({ path, reason }) => ({
        file: join(staging, path),
        message: `cannot be part of an artifact: ${reason}`,
        remedy: 'write plain files with plain names into the output folder',
      })),
    )
  }
  return found
}

/**
 * Makes the files the store's alone: read-only, with the store's access rights, and none that has a second
 * name outside, through which its bytes could change.
 *
 * @returns the files with their new stats
 */
export async function takeOver(staging: string, { files, folders }: Scan, access: Access): Promise<Found[]> {
  for (const folder of folders) adoptFolder(join(staging, folder), access)
  const taken = files.map(({ path, stats }) => {
    const file = `${staging}/${path}`
    if (stats.nlink > 1) separate(file)
    if (stats.nlink > 1 || (stats.mode & 0o777) !== access.file) chmodSync(file, access.file)
    return { path, stats: lstatSync(file) }
  })
  // Files that have just changed would not be kept by the integrity index: wait for the clock's next tick.
  if (taken.some(({ stats }) => !isSettled(stats, Date.now()))) await delay(25)
  return taken
}

function separate(file: string): void {
  copyFileSync(file, `${file}.separate`)
  renameSync(`${file}.separate`, file)
}

/** Refuses to go on when a file changed since `files` were looked at: somebody is still writing. */
export function refuseChanged(staging: string, files: readonly Found[]): void {
  for (const { path, stats } of files) {
    const now = lstatSync(`${staging}/${path}`, { throwIfNoEntry: false })
    if (now && now.ctimeMs === stats.ctimeMs && now.size === stats.size && now.ino === stats.ino) continue
    throw new UserError({
      file: join(staging, path),
      message: 'changed while the artifact was being sealed',
      remedy: 'end all processes that write into the output folder before the computation returns',
    })
  }
}
