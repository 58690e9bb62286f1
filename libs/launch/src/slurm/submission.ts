import type { Cluster } from '../cluster/cluster'
import type { LaunchedJob } from '../launcher'

/** Seconds before the limit of its time at which a job is told: for a checkpoint, and for its way back into the queue. */
const beforeLimitSeconds = 90

/** Whether arguments already say which devices a job gets. */
const asksForDevices = /^(--gres|--gpus|--gpus-per-\w+|--tres-per-\w+|-G)(=|$)/

/** The arguments of sbatch for a job, and the script that it reads. What a person's cluster.yaml says comes last, and wins. */
export function submission(
  { name, comment, command, folder, log, kind, count, threads, avoid }: LaunchedJob,
  cluster: Cluster,
): { args: string[]; script: string } {
  const { partition, arguments: own = [] } = cluster.kinds[kind] ?? {}
  const given = [...cluster.arguments, ...own]
  const devices =
    kind === 'cpu' || given.some((each) => asksForDevices.test(each)) ? [] : [`--gres=${kind}:${count}`]
  const args = [
    '--parsable',
    `--job-name=${name}`,
    `--comment=${comment}`,
    // Of two of one name, submitted whyever, one waits, and finds the other's result.
    '--dependency=singleton',
    '--requeue',
    `--signal=B:USR2@${beforeLimitSeconds}`,
    `--chdir=${folder}`,
    `--output=${log}`,
    '--open-mode=append',
    '--nodes=1',
    '--ntasks=1',
    `--cpus-per-task=${threads}`,
    ...devices,
    ...(avoid.length > 0 ? [`--exclude=${avoid.join(',')}`] : []),
    ...(partition ? [`--partition=${partition}`] : []),
    ...given,
  ]
  // Signals reach the process that takes the script's place: a shell would keep them.
  return { args, script: `#!/bin/sh\nexec ${command.map(quoted).join(' ')}\n` }
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`
}
