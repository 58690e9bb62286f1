import { UserError } from '@blacksmith/config'
import { type Cluster, clusterFile } from '../cluster/cluster'
import type { LaunchedJob } from '../launcher'

/** What to do about what sbatch says, by its words; the first that fits. */
const remedies: [words: RegExp, remedy: (job: LaunchedJob) => string][] = [
  [
    /partition/i,
    ({ kind }) =>
      `see \`sinfo\`, and name one of its partitions under kinds.${kind}.partition in ${clusterFile}`,
  ],
  [/account|association/i, () => `name your account under arguments in ${clusterFile}: --account=…`],
  [/qos/i, () => `name a quality of service that you may use under arguments in ${clusterFile}: --qos=…`],
  [
    /gres|generic resource/i,
    ({ kind }) =>
      `say how ${kind} devices are asked for there, under kinds.${kind}.arguments in ${clusterFile}: --gres=…`,
  ],
  [
    /time limit/i,
    ({ kind }) => `set a shorter one under kinds.${kind}.arguments in ${clusterFile}: --time=…`,
  ],
  [
    /node configuration|memory|cpu/i,
    ({ threads }) => `ask for less (it has ${threads} threads), or for another partition in ${clusterFile}`,
  ],
  [/limit|quota/i, () => 'wait for your other jobs, or ask who runs the cluster for more'],
  [/option|argument/i, ({ kind }) => `correct arguments, or kinds.${kind}.arguments, in ${clusterFile}`],
]

/** Slurm has refused a job: one error, with what it said. */
export function refusal(said: string, job: LaunchedJob, cluster: Cluster): UserError {
  const words = said.replace(/^sbatch: (error: )?/gm, '').replace(/\s*\n\s*/g, '; ')
  const remedy = remedies.find(([pattern]) => pattern.test(words))?.[1](job)
  const partition = cluster.kinds[job.kind]?.partition
  return new UserError({
    message: `Slurm refuses the job${partition ? ` for the partition ${partition}` : ''}: ${words}`,
    remedy: remedy ?? `see what sbatch is given in ${clusterFile}`,
  })
}
