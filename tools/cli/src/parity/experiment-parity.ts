import { type DeviceKind, type Problem, readHeader, UserError } from '@blacksmith/config'
import { checkParity, type Parity, refuseNoTolerance } from '@blacksmith/report'
import type { Layout } from '@blacksmith/store'
import { defaultConfiguration, plan, type TaskRequest } from '@blacksmith/task'
import { comparedRun } from '../compare/chosen-run'
import { type KindRuns, runsOfPlan } from './runs-of-plan'

/** An experiment held against itself on several kinds of device. */
export interface ExperimentParity {
  parity: Parity
  found: KindRuns[]
  /** Kinds of the experiment that the store has no run on, each with the command that makes one. */
  missing: Problem[]
}

/**
 * Compares what the store has of an experiment, as it is now, on the kinds of device that it lists; the CPU is the
 * reference where it is among them. Kinds that are asked for must all have runs, the first is the reference.
 *
 * @throws UserError when nothing can be compared, or nothing says how far it may differ
 */
export async function experimentParity(
  layout: Layout,
  request: TaskRequest,
  asked?: DeviceKind[],
): Promise<ExperimentParity> {
  const file = `${request.directory}/experiment.yaml`
  const { devices } = readHeader(request.workspaceRoot, file)
  const kinds = asked ?? devices.toSorted((a, b) => Number(b === 'cpu') - Number(a === 'cpu'))
  const plans = await Promise.all(
    kinds.map((device) => plan({ ...request, flags: { ...request.flags, device } })),
  )
  const tolerances = plans[0]?.experiment.config.values.parity ?? {}
  refuseNoTolerance(tolerances, file)
  const found = await Promise.all(plans.map((each) => runsOfPlan(layout, each)))
  const missing = found.filter(({ runs }) => runs.length === 0).map((each) => missingRun(each, request))
  if (missing.length > 0 && (asked !== undefined || found.length - missing.length < 2))
    throw new UserError(missing)
  const runs = await Promise.all(found.flatMap(({ runs }) => runs.map((run) => comparedRun(layout, run))))
  return { parity: checkParity(runs, tolerances), found, missing }
}

function missingRun({ kind, stale }: KindRuns, { directory, configuration, flags }: TaskRequest): Problem {
  const project = directory.split('/').slice(1).join('-')
  const task = `${project}:evaluate${configuration === defaultConfiguration ? '' : `:${configuration}`}`
  const command = ['npx nx run', task, `--device=${kind}`, ...flags.set.map((each) => `--set ${each}`)].join(
    ' ',
  )
  const why = stale ? `; ${stale.run.id} was made from other ${stale.differs.join(', ')}` : ''
  return {
    message: `${project} as it is now has no run on ${kind} in the store${why}`,
    remedy: `make one where there is such a device: ${command}`,
  }
}
