import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { datasetFolder } from '@blacksmith/config/header'
import { digestOfTypeScript } from '@blacksmith/load-typescript'
import { sha256 } from '@blacksmith/store/integrity'

/** The files in which the parameters of an experiment are written, at one moment. */
export interface Settings {
  /** SHA-256 of each file by its path in the experiment's folder, and of config.ts with all that it imports. */
  digests: Record<string, string>
  /** Of each file what says that it was written again, even if with the same bytes. */
  stamps: string[]
}

/**
 * Reads what a configuration is made from, whichever overlays a run will use. A file that cannot be read counts as
 * such: who needs it reports what is wrong.
 */
export function readSettings(workspaceRoot: string, directory: string): Settings {
  const folder = join(workspaceRoot, directory)
  const files = ['experiment.yaml', ...['configs', 'devices'].flatMap((name) => yamlFiles(folder, name))]
  const looks = files.map((file) => look(join(folder, file)))
  const digests = Object.fromEntries(files.map((file, at) => [file, looks[at]?.digest ?? '']))
  return {
    digests: { ...digests, 'config.ts': structureOf(join(folder, 'config.ts')) },
    stamps: looks.map(({ stamp }) => stamp),
  }
}

/** Digests of the files in which the sources of a data set are listed. */
export function readSourceLists(workspaceRoot: string, dataset: string): Record<string, string> {
  const folder = join(workspaceRoot, datasetFolder(workspaceRoot, dataset).folder)
  const files = ['sources.yaml', 'sources.lock.json']
  return Object.fromEntries(files.map((file) => [file, look(join(folder, file)).digest]))
}

function yamlFiles(folder: string, inside: string): string[] {
  try {
    const names = readdirSync(join(folder, inside)).filter((name) => name.endsWith('.yaml'))
    return names.sort().map((name) => `${inside}/${name}`)
  } catch {
    return []
  }
}

function look(path: string): { digest: string; stamp: string } {
  try {
    const stats = statSync(path)
    // To open a FIFO would be to wait for whoever writes into it.
    if (!stats.isFile()) return { digest: 'no regular file', stamp: '' }
    const { ino, size, mtimeMs, ctimeMs } = stats
    return { digest: sha256(readFileSync(path)), stamp: [ino, size, mtimeMs, ctimeMs].join(' ') }
  } catch (error) {
    return { digest: String((error as NodeJS.ErrnoException).code), stamp: '' }
  }
}

function structureOf(path: string): string {
  try {
    return digestOfTypeScript(path)
  } catch (error) {
    return `does not load: ${sha256(String(error))}`
  }
}
