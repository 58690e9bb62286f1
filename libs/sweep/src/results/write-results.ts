import { mkdirSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { overlayText } from '@blacksmith/config'
import { replaceFile } from '@blacksmith/config/header'
import { type ReportedSweep, sweepPage } from '@blacksmith/report/sweep'
import { formatNumber } from '@blacksmith/text'
import type { SweepOutcome } from '../run-sweep'
import { finalRung, type Trial } from '../trials/trial'
import { chosen } from './chosen'
import { sweepRecord } from './record'
import { trialsCsv } from './table'

/** Where people find what came of a sweep, relative to the workspace. */
export function resultsFolder(project: string, sweep: string): string {
  return join('dist', project, `sweep-${sweep}`)
}

/** A sweep of thousands of quick batches is not held up by its own report. */
const secondsBetween = 5

/** Writes what there is of a sweep that goes on, every few seconds at most; {@link writeResults} writes what came of it. */
export function resultsAsItGoesOn(): (outcome: SweepOutcome) => Promise<void> {
  let written = Number.NEGATIVE_INFINITY
  return async (outcome) => {
    if (performance.now() - written < 1000 * secondsBetween) return
    await writeResults(outcome)
    written = performance.now()
  }
}

/**
 * Writes what came of a sweep for people and programs: report.html, trials.json, trials.csv, and best.yaml, of several
 * objectives an overlay for each of the best.
 *
 * @returns the overlays, relative to the workspace, the best trial's first
 */
export async function writeResults(outcome: SweepOutcome): Promise<string[]> {
  const { sweep, trials, best, base } = outcome
  const { workspaceRoot } = base.request
  const { project } = base.experiment.header
  const folder = join(workspaceRoot, resultsFolder(project, sweep.name))
  mkdirSync(folder, { recursive: true })
  const write = (name: string, text: string) => replaceFile(join(folder, name), text, { durable: false })
  await write('trials.json', `${JSON.stringify(sweepRecord(outcome), null, 2)}\n`)
  await write('trials.csv', trialsCsv(sweep, trials))
  await write('report.html', sweepPage(reported(outcome)))
  const overlays = best.map((trial, at) => ({
    trial,
    file: at === 0 ? 'best.yaml' : `best-${at + 1}.yaml`,
  }))
  if (best.length === 0) await rm(join(folder, 'best.yaml'), { force: true })
  for (const { trial, file } of overlays) await write(file, overlayOf(outcome, trial))
  return overlays.map(({ file }) => relative(workspaceRoot, join(folder, file)))
}

function reported({ sweep, base, ...outcome }: SweepOutcome): ReportedSweep {
  return {
    ...outcome,
    project: base.experiment.header.project,
    name: sweep.name,
    description: sweep.description,
    configuration: sweep.configuration,
    set: base.request.flags.set,
    sampler: sweep.sampler,
    objectives: sweep.objectives,
    parameters: sweep.space.map(({ path, choices, range }) => ({
      path,
      ...(choices ? { choices } : { log: range?.log ?? false }),
    })),
    horizon: sweep.schedule?.parameter,
    best: outcome.best.map(({ number }) => number),
  }
}

function overlayOf({ sweep, trials, base }: SweepOutcome, trial: Trial): string {
  const { header } = base.experiment
  const rung = finalRung(trial)
  const values = sweep.objectives.map(
    ({ metric, split }, at) => `${split} ${metric} ${formatNumber(rung?.values[at] ?? Number.NaN)}`,
  )
  const comment = [
    `Trial ${trial.number} of the ${trials.length} of the sweep ${sweep.name} of ${header.project}: ${values.join(', ')}`,
    ...(base.request.flags.set.length > 0 ? [`with --set ${base.request.flags.set.join(' --set ')}`] : []),
  ]
  return overlayText(base.request.workspaceRoot, header, sweep.configuration, chosen(sweep, trial), comment)
}
