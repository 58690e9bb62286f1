import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { type LiveRecord, liveFileName, liveRecord, processStart } from './live-record'

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
const mostStopped = 10

/** The runs whose working folder is there: those that run, then those that stopped without a result, youngest first. */
export async function readLiveRuns(workFolder: string): Promise<LiveRunView[]> {
  const names = await readdir(workFolder).catch(() => [])
  const runs = await Promise.all(
    names.filter((name) => workId.test(name)).map((id) => readLiveRun(workFolder, id)),
  )
  const known = runs.filter((run) => run !== undefined).sort((a, b) => b.started - a.started)
  const stopped = known.filter(({ state }) => state !== 'running')
  return [...known.filter(({ state }) => state === 'running'), ...stopped.slice(0, mostStopped)]
}

async function readLiveRun(workFolder: string, id: string): Promise<LiveRunView | undefined> {
  const text = await readFile(join(workFolder, id, liveFileName), 'utf8').catch(() => undefined)
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
  if (record.failure !== undefined) return 'failed'
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
