import { userInfo } from 'node:os'
import { setTimeout as pause } from 'node:timers/promises'
import { enclosingWorkspace, UserError } from '@blacksmith/config'
import { type JobState, type Launching, launchingFrom, Unanswered } from '@blacksmith/launch'
import { storeHome } from '@blacksmith/store'
import { cancelJob, followEvents, jobNamed, type SubmittedJob, submittedJobs } from '@blacksmith/task'
import { createProgress } from '@blacksmith/terminal'
import { formatDuration, textTable } from '@blacksmith/text'
import { Command } from 'commander'
import { findWorkspaceRoot } from '../workspace'

const followMs = 500

/** `blacksmith logs`: what a job of the cluster has said. */
export function logsCommand(): Command {
  return new Command('logs')
    .description('show what a job of the cluster has said')
    .argument('<job>', 'its name out of `blacksmith queue`, or project:target')
    .option('-f, --follow', 'go on until it ends')
    .action(async (reference: string, { follow }: { follow?: boolean }) => {
      const { round } = jobNamed(reference, submittedJobs(launchingHere(), storeHome()))
      const display = createProgress({ stream: process.stdout, label: reference })
      const looks = new Map<number, () => Promise<void>>()
      for (;;) {
        const ended = round.outcome() !== undefined
        for (const attempt of round.attempts()) {
          const look = looks.get(attempt) ?? followEvents(round.events(attempt), display)
          looks.set(attempt, look)
          await look()
        }
        if (ended || !follow) break
        await pause(followMs)
      }
      display.end()
      for (const line of outcomeLines(round.outcome())) console.log(line)
    })
}

/** `blacksmith cancel`: ends a job of the cluster; its checkpoints stay. */
export function cancelCommand(): Command {
  return new Command('cancel')
    .description('end a job of the cluster, waiting or running; its checkpoints stay')
    .argument('<job>', 'its name out of `blacksmith queue`, or project:target')
    .action(async (reference: string) => {
      const chosen = launchingHere()
      const job = jobNamed(reference, submittedJobs(chosen, storeHome()))
      await cancelJob(job, chosen, userInfo().username)
      console.log(`Cancelled ${job.name} (${job.record.project}:${job.record.target}).`)
    })
}

/** The jobs of a cluster that have not ended. */
export interface ClusterQueue {
  launcher: string
  jobs: SubmittedJob[]
  /** Why the launcher does not answer. */
  away?: string
}

/** Jobs that have not ended, for `blacksmith queue`; undefined where runs are made on this machine. */
export async function clusterQueue(): Promise<ClusterQueue | undefined> {
  const root = enclosingWorkspace()
  const chosen = root === undefined ? undefined : launchingFrom(root)
  if (!chosen) return undefined
  const { states, away } = await statesOf(chosen)
  const jobs = submittedJobs(chosen, storeHome(), states).filter(({ outcome }) => outcome === undefined)
  return { launcher: chosen.launcher.name, jobs, ...(away === undefined ? {} : { away }) }
}

/** As a table; a job that the engine does not know is lost, unless the engine does not answer. */
export function clusterTable({ launcher, jobs, away }: ClusterQueue): string {
  if (jobs.length === 0) return `No job waits or runs in ${launcher}.`
  const now = Date.now()
  return textTable(
    ['job', launcher, 'state', 'project', 'target', 'asked for by', 'for'].map((heading) => ({ heading })),
    jobs.map(({ name, round, record, state }) => [
      name,
      state?.reference ?? round.submissions().at(-1)?.reference ?? '',
      away === undefined ? stateWords(state) : `unknown: ${launcher} does not answer`,
      record.project,
      record.target,
      `${record.asked.user} on ${record.asked.host}`,
      formatDuration(Math.max(0, now - Date.parse(record.asked.at)) / 1000),
    ]),
  )
}

function stateWords(state: JobState | undefined): string {
  if (!state) return 'gone: its command submits it again'
  if (state.phase === 'running') return `runs on ${state.machine ?? 'a node'}`
  return [
    `waits${state.place === undefined ? '' : `, place ${state.place}`}`,
    ...(state.reason ? [`(${state.reason})`] : []),
  ].join(' ')
}

function outcomeLines(outcome: SubmittedJob['outcome']): string[] {
  if (!outcome) return []
  if (outcome.kind === 'failed')
    return outcome.problems.flatMap(({ message, remedy }) => [message, ...(remedy ? [`  ${remedy}`] : [])])
  return [outcome.kind === 'finished' ? `finished on ${outcome.machine}` : `cancelled by ${outcome.by}`]
}

async function statesOf({ launcher }: Launching): Promise<{ states: JobState[]; away?: string }> {
  try {
    return { states: await launcher.look() }
  } catch (error) {
    if (error instanceof Unanswered) return { states: [], away: error.message }
    throw error
  }
}

/**
 * The launcher of this workspace's runs.
 *
 * @throws UserError where they are made on this machine
 */
export function launchingHere(): Launching {
  const chosen = launchingFrom(findWorkspaceRoot())
  if (chosen) return chosen
  throw new UserError({
    field: 'BLACKSMITH_LAUNCHER',
    message: 'is local here: there are no jobs of a cluster',
    remedy: 'set it as it was when the job was submitted, to slurm',
  })
}
