import { type DeviceKind, type Problem, readHeader, UserError } from '@blacksmith/config'
import { checkParity, type Parity, readComparedRun, refuseNoTolerance } from '@blacksmith/report/compare'
import { type Artifact, type Layout, listRuns, readArtifact } from '@blacksmith/store'
import { defaultConfiguration, plan, type TaskRequest } from '@blacksmith/task'
import { type KindRuns, runsOfPlan } from './runs-of-plan'

/** An experiment held against itself on several kinds of device. */
export interface ExperimentParity {
  parity: Parity
  found: KindRuns[]
  /** Kinds of the experiment that the store has no run on, each with the command that makes one. */
  missing: Problem[]
}

/** What is compared besides what the store has of all kinds that the experiment lists. */
export interface ParityQuestion {
  /** These kinds only: all of them must have runs, and the first is the reference. */
  kinds?: DeviceKind[]
  /** Folders of runs, an evaluation and its training each, that other machines exported. */
  folders?: string[]
}

/**
 * Compares what the store has of an experiment, as it is now, on the kinds of device that it lists; the CPU is the
 * reference where it is among them.
 *
 * @throws UserError when nothing can be compared, or nothing says how far it may differ
 */
export async function experimentParity(
  layout: Layout,
  request: TaskRequest,
  { kinds: asked, folders = [] }: ParityQuestion = {},
): Promise<ExperimentParity> {
  const file = `${request.directory}/experiment.yaml`
  const { devices, project } = readHeader(request.workspaceRoot, file)
  const kinds = asked ?? devices.toSorted((a, b) => Number(b === 'cpu') - Number(a === 'cpu'))
  const plans = await Promise.all(
    kinds.map((device) => plan({ ...request, flags: { ...request.flags, device } })),
  )
  const tolerances = plans[0]?.experiment.config.values.parity ?? {}
  refuseNoTolerance(tolerances, file)
  const everywhere = [...(await listRuns(layout, { project })), ...(await Promise.all(folders.map(exported)))]
  // A run that is in the store and in a folder is one run, and no repeat.
  const artifacts = [...new Map(everywhere.map((each) => [each.key, each])).values()]
  const found = plans.map((each) => runsOfPlan(artifacts, each))
  const missing = found
    .filter(({ runs }) => runs.length === 0)
    .map((each) => missingRun(each, project, request))
  if (missing.length > 0 && (asked !== undefined || found.length - missing.length < 2))
    throw new UserError(missing)
  const runs = found.flatMap(({ runs }) =>
    runs.map(({ evaluation, training }) => readComparedRun(evaluation.directory, training.directory)),
  )
  return { parity: checkParity(await Promise.all(runs), tolerances), found, missing }
}

async function exported(directory: string): Promise<Artifact> {
  const artifact = await readArtifact(directory)
  if (artifact) return { ...artifact, directory, key: artifact.provenance.key }
  throw new UserError({
    file: directory,
    message: 'holds no run',
    remedy: 'name a folder that `npx blacksmith export <run> <folder>` has made',
  })
}

function missingRun(
  { kind, stale }: KindRuns,
  project: string,
  { configuration, flags }: TaskRequest,
): Problem {
  const task = `${project}:evaluate${configuration === defaultConfiguration ? '' : `:${configuration}`}`
  const command = ['npx nx run', task, `--device=${kind}`, ...flags.set.map((each) => `--set ${each}`)].join(
    ' ',
  )
  const why = stale ? `; ${stale.id} was made from other ${stale.differs.join(', ')}` : ''
  return {
    message: `${project} as it is now has no run on ${kind} in the store${why}`,
    remedy: `make one where there is such a device: ${command}`,
  }
}
