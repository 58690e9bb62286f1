import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { readRunFile } from '@blacksmith/protocol'
import { type LiveRecord, liveFileName, liveRecord, processStart } from '@blacksmith/terminal'
import { inParallel } from '../in-parallel'

/** A run that somebody is working on, or that ended without a result and can go on. */
export interface LiveRunView extends LiveRecord {
  /** The name of its working folder. */
  id: string
  state: 'running' | 'failed' | 'interrupted'
}

/** Names of working folders: digests, and nothing that could lead elsewhere. */
export const workId = /^[0-9a-f]{64}$/
/** A record of another machine is believed for this long; its process cannot be looked at from here. */
const believedSeconds = 120
/** Folders of runs that nobody takes up again stay until they are cleaned away; only the youngest are of interest. */
const mostStopped = 50
/** No record of ours is as large. */
const mostBytes = 1 << 20

/** The runs whose working folder is there. */
export interface LiveRuns {
  /** Those that somebody works on, the youngest first. */
  running: LiveRunView[]
  /** Those that stopped without a result, the last one first. */
  stopped: LiveRunView[]
}

/** Looks at all working folders. What is no folder, or whose record is no file, is no run. */
export async function readLiveRuns(workFolder: string): Promise<LiveRuns> {
  const entries = await readdir(workFolder, { withFileTypes: true }).catch(() => [])
  const ids = entries.filter((entry) => entry.isDirectory() && workId.test(entry.name))
  const read = await inParallel(ids, ({ name }) => readLiveRun(workFolder, name))
  const runs = read.filter((run) => run !== undefined)
  const stopped = runs.filter(({ state }) => state !== 'running')
  return {
    running: runs.filter(({ state }) => state === 'running').sort((a, b) => b.started - a.started),
    stopped: stopped.sort((a, b) => b.updated - a.updated).slice(0, mostStopped),
  }
}

async function readLiveRun(workFolder: string, id: string): Promise<LiveRunView | undefined> {
  const text = await readRunFile(join(workFolder, id, liveFileName), mostBytes).catch(() => undefined)
  if (text === undefined) return undefined
  try {
    const record = liveRecord.parse(JSON.parse(text))
    return { ...record, id, state: stateOf(record) }
  } catch {
    // Written by another version: a run that cannot be read must not hide the others.
    return undefined
  }
}

function stateOf(record: LiveRecord): LiveRunView['state'] {
  // A stop was asked for: nothing has failed.
  if (record.failure !== undefined) return record.failure.kind === 'stopped' ? 'interrupted' : 'failed'
  return isAlive(record) ? 'running' : 'interrupted'
}

function isAlive({ host, pid, pid_start, updated }: LiveRecord): boolean {
  if (host !== hostname()) return Date.now() / 1000 - updated < believedSeconds
  if (!existsSync(`/proc/${process.pid}`)) return processExists(pid)
  return processStart(pid) === (pid_start ?? undefined)
}

/** For systems without /proc. */
function processExists(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
