import { readdirSync, readFileSync, statSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { loadAddon } from '@blacksmith/native'
import type { Layout } from '../home'
import type { Candidate } from './candidate'

/** A Python environment of a store, or what was left of one whose making was broken off. */
export interface StoredEnvironment {
  /** The one that it was first made for; others of equal pins share it. */
  name: string
  path: string
  bytes: number
  /** ms since the epoch. */
  used: number
  /** Whether it was made to its end. */
  whole: boolean
}

const named = /^(.+)-([0-9a-f]{16})(\.tmp)?$/

/** All environments of a store, in the order of their names. */
export async function listEnvironments(layout: Layout): Promise<StoredEnvironment[]> {
  const entries = (await readdir(layout.environments).catch(() => [])).sort()
  const found = entries.map(async (entry): Promise<StoredEnvironment[]> => {
    const [, name] = entry.match(named) ?? []
    const path = join(layout.environments, entry)
    const folder = statSync(path, { throwIfNoEntry: false })
    if (name === undefined || !folder?.isDirectory()) return []
    const used = lastUseOf(path)
    const bytes = await bytesBelow(path)
    return [{ name, path, bytes, used: used ?? folder.mtimeMs, whole: used !== undefined }]
  })
  return (await Promise.all(found)).flat()
}

/** As something that could be taken away: half of one at once. */
export function environmentCandidate({ path, bytes, used, whole }: StoredEnvironment): Candidate {
  return { kind: whole ? 'environment' : 'staging', path, bytes, used }
}

/**
 * When an environment was last given out, by the time of its stamp; where that may not be set, by when it was read.
 * Undefined for one without: it was never finished.
 */
export function lastUseOf(path: string): number | undefined {
  const stats = statSync(join(path, 'environment.json'), { throwIfNoEntry: false })
  return stats && Math.max(stats.mtimeMs, stats.atimeMs)
}

/** The locks of those who make an environment and of runs that use it, each with what it means when it is taken. */
export function locksOfEnvironment(path: string): { file: string; meaning: string }[] {
  const [, , digest = ''] = basename(path).match(named) ?? []
  const lock = (ending: string) => join(dirname(path), `${digest}${ending}`)
  return [
    { file: lock('.lock'), meaning: 'it is being made' },
    { file: lock('.use.lock'), meaning: 'a run is using it' },
  ]
}

/** Whether a process uses it that holds no lock: an interpreter, or TensorBoard, that somebody has started by hand. */
export function isRunning(path: string): boolean {
  const processes = readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))
  return processes.some((id) =>
    ['cmdline', 'maps'].some((file) => said(`/proc/${id}/${file}`).includes(`${path}/`)),
  )
}

/** It may have ended meanwhile, or be another user's. */
function said(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

/** Off this thread: there are some 10,000 files in each. */
async function bytesBelow(path: string): Promise<number> {
  const listing = await loadAddon()
    .listTree(path, [])
    .catch(() => Buffer.alloc(0))
  return listing
    .toString()
    .split('\0')
    .filter((entry) => /^[fl] /.test(entry))
    .reduce((sum, entry) => sum + Number(entry.split(' ', 2)[1]), 0)
}
