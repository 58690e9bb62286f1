import { readdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { hint, replaceFile, UserError } from '@blacksmith/config/header'
import { accessOf, ensureFolder, ensureHome } from '@blacksmith/store/folders'
import type { SweepOutcome } from '../run-sweep'
import type { Trial } from '../trials/trial'

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
  const file = join(sweepsIn(home), base.experiment.header.project, `${sweep.name}.json`)
  await ensureFolder(dirname(file), await ensureHome(home))
  const mode = (await accessOf(home)).file | 0o200
  await replaceFile(file, JSON.stringify(sweepRecord(outcome)), { durable: false, mode })
}

/**
 * The keys of a sweep's runs, each with the number of its trial.
 *
 * @param project where several experiments have a sweep of this name
 * @throws UserError where there is no such sweep
 */
export async function runsOfSweep(
  home: string,
  name: string,
  project?: string,
): Promise<Map<string, number>> {
  const records = (await sweepFiles(home)).filter((each) => project === undefined || each.project === project)
  const own = records.filter((each) => each.name === name)
  if (own.length === 0) {
    const names = [...new Set(records.map((each) => each.name))]
    throw new UserError({
      flag: `--sweep ${name}`,
      message: 'no such sweep has been run with this store',
      remedy: hint(name, names, 'there are'),
    })
  }
  const trials = new Map<string, number>()
  for (const { file } of own) {
    const { trials: recorded = [] } = JSON.parse(await readFile(file, 'utf8')) as { trials?: Trial[] }
    for (const { number, rungs } of recorded)
      for (const { runs } of rungs) for (const { key } of runs) trials.set(key, number)
  }
  return trials
}

async function sweepFiles(home: string): Promise<{ project: string; name: string; file: string }[]> {
  const projects = (await names(sweepsIn(home))).filter((name) => name !== 'failures')
  const listed = projects.map(async (project) =>
    (await names(join(sweepsIn(home), project)))
      .filter((file) => file.endsWith('.json'))
      .map((file) => ({
        project,
        name: file.slice(0, -'.json'.length),
        file: join(sweepsIn(home), project, file),
      })),
  )
  return (await Promise.all(listed)).flat()
}

function sweepsIn(home: string): string {
  return join(home, 'sweeps')
}

async function names(folder: string): Promise<string[]> {
  return readdir(folder).catch(() => [])
}
