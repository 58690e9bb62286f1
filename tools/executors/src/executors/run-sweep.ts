import { join } from 'node:path'
import { gridSpace, loadStructure, readHeader, readSweep, type Sweep } from '@blacksmith/config'
import {
  evaluateBest,
  metricsTable,
  noteSweep,
  resultsAsItGoesOn,
  resultsFolder,
  runSweep,
  type SweepOutcome,
  writeResults,
} from '@blacksmith/sweep'
import { openSession } from '@blacksmith/terminal'
import type { ExecutorContext } from '@nx/devkit'
import { configurationOf, directoryOf } from './context'

/** The flags of a sweep, as Nx has checked them against sweep-schema.json. */
export interface SweepOptions {
  /** A sweep of this name; without it the grid of `grid`. */
  sweep?: string
  grid?: unknown[]
  run?: string
  set?: string[]
  parallelTrainings?: number
  retry?: boolean
  device?: string
  devices?: number
  threads?: number
}

/** Runs one sweep of one experiment, and evaluates its best trial. */
export default async function runSweepTarget(
  {
    sweep: name,
    grid = [],
    run = 'default',
    set = [],
    parallelTrainings,
    retry = false,
    ...flags
  }: SweepOptions,
  context: ExecutorContext,
): Promise<{ success: boolean }> {
  const session = openSession(`${context.projectName}:${context.targetName}`)
  const showResults = resultsAsItGoesOn()
  try {
    const directory = directoryOf(context)
    const header = readHeader(context.root, join(directory, 'experiment.yaml'))
    const sweep =
      name === undefined ? gridSweep(context, directory, grid, run) : readSweep(context.root, header, name)
    const outcome = await runSweep(
      {
        sweep,
        request: {
          workspaceRoot: context.root,
          directory,
          target: 'train',
          configuration: sweep.configuration,
          flags: { ...flags, set },
        },
        parallel: parallelTrainings,
        retry,
        onBatch: async (outcome) => {
          await noteSweep(outcome)
          await showResults(outcome)
        },
      },
      session,
    )
    const overlays = await writeResults(outcome)
    await noteSweep(outcome)
    await evaluateBest(outcome, session)
    if (sweep.objectives.length === 0) session.display.note(metricsTable(outcome))
    for (const line of closingLines(outcome, directory, overlays)) session.display.note(line)
    return { success: outcome.trials.some(({ state }) => state === 'complete') }
  } catch (error) {
    session.fail(error)
    return { success: false }
  } finally {
    session.close()
  }
}

/** A plain grid, which is nobody's to judge but the person's who looks at its table. */
function gridSweep(context: ExecutorContext, directory: string, grid: unknown[], run: string): Sweep {
  return {
    name: 'grid',
    configuration: configurationOf({ run }, context),
    objectives: [],
    space: gridSpace(grid, loadStructure(context.root, directory)),
    constraints: [],
    sampler: 'grid',
    seed: 0,
    first: [],
  }
}

function closingLines(
  { sweep, trials, reused, trained, best, base }: SweepOutcome,
  directory: string,
  [overlay]: string[],
): string[] {
  const lines = [
    `${trials.length} trials: ${trained} trainings were run, ${reused} were in the store`,
    `report: ${join(resultsFolder(base.experiment.header.project, sweep.name), 'report.html')}`,
  ]
  if (overlay === undefined)
    return sweep.objectives.length > 0 && best.length === 0
      ? [...lines, 'no trial has come to its end']
      : lines
  const name = `${sweep.name}-best`
  return [
    ...lines,
    `the best one as a configuration: cp ${overlay} ${directory}/configs/${name}.yaml, then -c ${name}`,
  ]
}
