import { dirname, join } from 'node:path'
import { replaceFile } from '@blacksmith/config/header'
import { accessOf, ensureFolder, ensureHome } from '@blacksmith/store/folders'
import type { SweepOutcome } from '../run-sweep'

/** A sweep for programs. */
export function sweepRecord({ sweep, trials, best, importance, base }: SweepOutcome) {
  const { name, description, configuration, objectives, sampler, seed } = sweep
  return {
    version: 1,
    project: base.experiment.header.project,
    sweep: name,
    ...(description === undefined ? {} : { description }),
    configuration,
    set: base.request.flags.set,
    objectives,
    sampler,
    seed,
    importance,
    best: best.map(({ number }) => number),
    trials,
  }
}

/** Notes in the store which runs are a sweep's: they may have been made by others, or by another sweep. */
export async function noteSweep(outcome: SweepOutcome): Promise<void> {
  const { base, sweep } = outcome
  const { home } = base.store
  const file = join(home, 'sweeps', base.experiment.header.project, `${sweep.name}.json`)
  await ensureFolder(dirname(file), await ensureHome(home))
  const mode = (await accessOf(home)).file | 0o200
  await replaceFile(file, JSON.stringify(sweepRecord(outcome)), { durable: false, mode })
}
