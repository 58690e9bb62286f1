import { spawn } from 'node:child_process'
import { mkdirSync, openSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Cluster } from '../cluster/cluster'
import type { JobState, LaunchedJob, Launcher } from '../launcher'

/** Jobs as plain processes of this machine, as over ssh: no queue, and nobody who starts one again. */
export function processes({ folder = '/tmp' }: Cluster): Launcher {
  const records = join(folder, 'processes')
  const fileOf = ({ comment }: Pick<LaunchedJob, 'comment'>) => join(records, comment.replaceAll(':', '-'))
  const look = async () => {
    mkdirSync(records, { recursive: true })
    const all = readdirSync(records).map(
      (name) => JSON.parse(readFileSync(join(records, name), 'utf8')) as JobState,
    )
    return all.filter(({ reference }) => isAlive(Number(reference)))
  }
  const there = async ({ comment }: Pick<LaunchedJob, 'comment'>) =>
    (await look()).find((state) => state.comment === comment)
  return {
    name: 'processes',
    lookEvery: 0.4,
    async submit(job) {
      const before = await there(job)
      if (before) return before.reference
      const [program = '', ...args] = job.command
      const log = openSync(job.log, 'a')
      const child = spawn(program, args, { cwd: job.folder, detached: true, stdio: ['ignore', log, log] })
      child.unref()
      const state: JobState = {
        name: job.name,
        comment: job.comment,
        reference: String(child.pid),
        phase: 'running',
      }
      writeFileSync(fileOf(job), JSON.stringify(state))
      return state.reference
    },
    look,
    // A process that is gone has no more to say.
    endOf: async () => undefined,
    async cancel(job) {
      const state = await there(job)
      if (state) process.kill(Number(state.reference), 'SIGTERM')
    },
    given: async () => undefined,
    again: async () => undefined,
  }
}

/** One that has ended stays in /proc until its parent looks. */
function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}
