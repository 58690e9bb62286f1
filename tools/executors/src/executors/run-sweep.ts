import { join } from 'node:path'
import { readHeader, readSweep } from '@blacksmith/config'
import { evaluateBest, noteSweep, runSweep, writeResults } from '@blacksmith/sweep'
import { openSession } from '@blacksmith/terminal'
import type { ExecutorContext } from '@nx/devkit'
import { directoryOf } from './context'

/** The flags of a sweep, as Nx has checked them against sweep-schema.json. */
export interface SweepOptions {
  sweep: string
  set?: string[]
  parallelTrainings?: number
  retry?: boolean
  device?: string
  devices?: number
  threads?: number
}

/** Runs one sweep of one experiment, and evaluates its best trial. */
export default async function runSweepTarget(
  { sweep: name, set = [], parallelTrainings, retry = false, ...flags }: SweepOptions,
  context: ExecutorContext,
): Promise<{ success: boolean }> {
  const session = openSession(`${context.projectName}:${context.targetName}`)
  try {
    const directory = directoryOf(context)
    const sweep = readSweep(context.root, readHeader(context.root, join(directory, 'experiment.yaml')), name)
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
        onBatch: noteSweep,
      },
      session,
    )
    const overlays = await writeResults(outcome)
    await noteSweep(outcome)
    await evaluateBest(outcome, session)
    for (const line of closingLines(outcome, directory, overlays)) session.display.note(line)
    return { success: outcome.best.length > 0 }
  } catch (error) {
    session.fail(error)
    return { success: false }
  } finally {
    session.close()
  }
}

function closingLines(
  { sweep, trials, reused, trained, best }: Awaited<ReturnType<typeof runSweep>>,
  directory: string,
  [overlay]: string[],
): string[] {
  const lines = [`${trials.length} trials: ${trained} trainings were run, ${reused} were in the store`]
  if (best.length === 0) return [...lines, 'no trial has come to its end']
  const name = `${sweep.name}-best`
  return [
    ...lines,
    `the best one as a configuration: cp ${overlay} ${directory}/configs/${name}.yaml, then -c ${name}`,
  ]
}
