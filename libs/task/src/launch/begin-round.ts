import { randomUUID } from 'node:crypto'
import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { hostname, userInfo } from 'node:os'
import { dirname, join } from 'node:path'
import { setting } from '@blacksmith/config/header'
import { storeName } from '@blacksmith/launch'
import { type Plan, standingFor } from '../plan'
import { revision } from '../records/revision'
import { uncommittedChanges } from '../records/uncommitted-changes'
import { knownComponents } from './identity'
import { type JobRecord, Round } from './job-files'
import { removeOldJobs } from './old-jobs'
import { writeSnapshot } from './snapshot'
import type { Submission } from './submit-job'

/** Of a round that was left before it was whole. */
const partial = 'partial-'

/** Writes all that travels with a job: whole or not at all, since half a snapshot would be run. */
export async function beginRound(asked: Submission, number: number): Promise<Round> {
  const { planned, job } = asked
  const round = job.round(number)
  const rounds = dirname(round.folder)
  const made = new Round(join(rounds, `${partial}${randomUUID()}`))
  await removeOldJobs(dirname(job.folder), job.id)
  await mkdir(made.folder, { recursive: true })
  try {
    const { workspaceRoot } = planned.request
    const code = await revision(workspaceRoot)
    if (code.dirty) await writeFile(made.changes, await uncommittedChanges(workspaceRoot))
    await writeSnapshot(planned, made.snapshot)
    await sendInputs(asked)
    await writeFile(join(made.folder, 'job.json'), JSON.stringify(await recordOf(asked, code), null, 2))
    await rename(made.folder, round.folder)
    return round
  } finally {
    await rm(made.folder, { recursive: true, force: true })
  }
}

async function recordOf(
  { planned, job, launching, session }: Submission,
  code: JobRecord['revision'],
): Promise<JobRecord> {
  const { request, experiment, store } = planned
  const { kind, count, threads } = experiment.placement
  return {
    version: 1,
    id: job.id,
    project: experiment.header.project,
    target: request.target,
    configuration: request.configuration,
    directory: request.directory,
    // Said in full: what `auto` means there is another question.
    flags: { device: kind, devices: count, threads, set: request.flags.set },
    components: knownComponents(planned),
    workspace: request.workspaceRoot,
    home: launching.cluster.home ?? store.home,
    store: await storeName(store.home),
    settings: settingsOf(planned),
    fresh: session.fresh,
    inputs: await keysOfInputs(planned),
    launcher: launching.name,
    revision: code,
    asked: { host: hostname(), user: userInfo().username, at: new Date().toISOString() },
  }
}

/** What it reads has been made: it stands in dist/, or is stored. */
async function keysOfInputs({ producers }: Plan): Promise<JobRecord['inputs']> {
  const keys = await Promise.all(
    producers.map(
      async (plan) => [plan.request.target, (await standingFor(plan))?.key ?? plan.stored?.key] as const,
    ),
  )
  return Object.fromEntries(keys.filter(([, key]) => key !== undefined))
}

/** Where nodes have stores of their own, they find there what the job reads. */
async function sendInputs({ planned, session: { signal } }: Submission): Promise<void> {
  for (const key of Object.values(await keysOfInputs(planned)))
    await planned.shared?.share({ key }, { made: false, signal })
}

/** Relative paths count from the workspace, which is another one there. */
function settingsOf({ request, shared }: Plan): Record<string, string> {
  const { workspaceRoot } = request
  const given = {
    BLACKSMITH_REMOTE: shared?.remote.name,
    BLACKSMITH_PYTHON: setting('BLACKSMITH_PYTHON', process.env, workspaceRoot),
    BLACKSMITH_TENSORBOARD: setting('BLACKSMITH_TENSORBOARD', process.env, workspaceRoot),
  }
  return Object.fromEntries(Object.entries(given).flatMap(([name, value]) => (value ? [[name, value]] : [])))
}
