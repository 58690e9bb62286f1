import { formatBytes, formatNumber, formatOperations, formatRate } from '@blacksmith/text'
import { z } from 'zod'

/** Among a training's records: what it got out of its device. */
export const performanceFileName = 'performance.json'

const amounts = z.record(z.string(), z.number().nonnegative())

export const performance = z.looseObject({
  version: z.literal(1),
  device: z.looseObject({ kind: z.string(), count: z.number(), name: z.string().nullable() }),
  /** Bytes at most. */
  memory: z.looseObject({ host: z.number().nullable(), device: z.number().nullable() }),
  /** Seconds for what is no step: validation, checkpoints. */
  aside: amounts,
  /** Seconds of a step by part, the mean of those that were timed. */
  phases: z.looseObject({ steps: z.number().positive(), seconds: amounts }).optional(),
  throughput: z
    .looseObject({
      steps: z.number().positive(),
      seconds: z.number().positive(),
      items: z.number(),
      unit: z.string(),
    })
    .optional(),
  /** Floating-point operations. */
  operations: z
    .looseObject({ of_step: z.number(), per_second: amounts, share_of_peak: z.number().nullable() })
    .optional(),
})

export type RunPerformance = z.infer<typeof performance>

/** What people compare of it, in words; what is not known says so. */
export function performanceFacts(run: RunPerformance): [name: string, value: string][] {
  const { throughput, operations, memory } = run
  const speed = throughput && formatRate(throughput.items / throughput.seconds, throughput.unit)
  const perSecond = operations && Object.values(operations.per_second).reduce((sum, each) => sum + each, 0)
  const facts: [string, string | undefined][] = [
    ['speed', speed ?? 'unknown, the run was too short'],
    ['operations', perSecond === undefined ? 'not counted' : `${formatOperations(perSecond)}/s`],
    ['share of the peak', shareText(run)],
    ['memory of the process', memory.host === null ? undefined : formatBytes(memory.host)],
    ['memory of the device', memory.device === null ? undefined : formatBytes(memory.device)],
  ]
  return facts.filter((fact): fact is [string, string] => fact[1] !== undefined)
}

function shareText({ operations, device }: RunPerformance): string {
  const share = operations?.share_of_peak
  if (share === undefined) return 'unknown'
  if (share !== null) return `${formatNumber(100 * share, 3)} % of that of ${device.name}`
  return device.kind === 'cpu' ? 'unknown of a CPU' : `unknown of ${device.name ?? `a ${device.kind}`}`
}
