import type { JobState } from '../launcher'
import { slurmCommand } from './command'

/** Columns of squeue; a comment may hold anything, and comes last. */
const columns = ['%i', '%u', '%T', '%P', '%Q', '%r', '%N', '%j', '%k'] as const
const separator = '\t'

const waiting = new Set([
  'PENDING',
  'REQUEUED',
  'REQUEUE_HOLD',
  'REQUEUE_FED',
  'SPECIAL_EXIT',
  'SUSPENDED',
  'CONFIGURING',
])

/** Jobs of one person, with their places among the jobs of all. */
export async function queuedJobs(user: string, name?: string): Promise<JobState[]> {
  const one = name === undefined ? [] : [`--name=${name}`]
  return parseQueue(
    await slurmCommand('squeue', ['--noheader', ...one, `--format=${columns.join(separator)}`]),
    user,
  )
}

/** Reads what squeue prints. */
export function parseQueue(printed: string, user: string): JobState[] {
  const rows = printed.split('\n').filter(Boolean).map(rowOf)
  return rows
    .filter((row) => row.user === user)
    .map((row) => {
      const waits = waiting.has(row.state)
      return {
        name: row.name,
        comment: row.comment,
        reference: row.id,
        phase: waits ? 'waiting' : 'running',
        place: row.state === 'PENDING' ? placeOf(row, rows) : undefined,
        reason: waits ? reasonOf(row) : undefined,
        machine: row.machines === '' ? undefined : row.machines,
      }
    })
}

interface Row {
  id: string
  user: string
  state: string
  partition: string
  priority: number
  reason: string
  machines: string
  name: string
  comment: string
}

function rowOf(line: string): Row {
  const [
    id = '',
    user = '',
    state = '',
    partition = '',
    priority = '',
    reason = '',
    machines = '',
    name = '',
    ...rest
  ] = line.split(separator)
  return {
    id,
    user,
    state,
    partition,
    priority: Number(priority),
    reason,
    machines,
    name,
    comment: rest.join(separator),
  }
}

/** Slurm starts jobs of a partition by their priority, and of equal ones the earlier first. */
function placeOf(row: Row, rows: readonly Row[]): number {
  const before = ({ state, partition, priority, id }: Row) =>
    state === 'PENDING' &&
    partition === row.partition &&
    (priority > row.priority ||
      (priority === row.priority && Number.parseInt(id, 10) < Number.parseInt(row.id, 10)))
  return rows.filter(before).length + 1
}

/** `None` and `Priority` say no more than that it waits. */
function reasonOf({ state, reason }: Row): string | undefined {
  if (state !== 'PENDING') return state.toLowerCase().replaceAll('_', ' ')
  return ['None', 'Priority', 'Resources', ''].includes(reason) ? undefined : reason
}
