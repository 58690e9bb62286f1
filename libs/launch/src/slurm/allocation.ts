import type { DeviceKind } from '@blacksmith/config'
import { slurmCommand } from './command'

/**
 * In a job: the numbers of the devices of a kind that Slurm has given it on this machine; undefined where it says
 * nothing of any, as where the cluster's devices are no resource of its.
 */
export async function givenIndices(
  kind: DeviceKind,
  env: NodeJS.ProcessEnv = process.env,
): Promise<number[] | undefined> {
  const { SLURM_JOB_ID: id, SLURM_JOB_GPUS: gpus } = env
  if (kind === 'cpu' || !id) return undefined
  if (kind === 'gpu' && gpus) return expand(gpus)
  return indicesIn(await slurmCommand('scontrol', ['show', 'job', '--details', '--oneliner', id]), kind)
}

/** Reads `GRES=tt:n300:2(IDX:0-1),gpu:1(IDX:3)`. */
export function indicesIn(said: string, kind: DeviceKind): number[] | undefined {
  const given = [...said.matchAll(/(?:[=,])([\w.-]+)(?::[\w.-]+)*\(IDX:([\d,-]+)\)/g)]
  const mine = given.filter(([, name]) => name === kind).flatMap(([, , list = '']) => expand(list))
  return mine.length > 0 ? mine : undefined
}

/** `0,2-3` */
function expand(list: string): number[] {
  return list.split(',').flatMap((range) => {
    const [from = 0, to = from] = range.split('-').map(Number)
    return Array.from({ length: to - from + 1 }, (_, at) => from + at)
  })
}
