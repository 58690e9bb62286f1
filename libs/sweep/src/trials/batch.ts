import type { Json, Sweep } from '@blacksmith/config'
import type { Session } from '@blacksmith/terminal'
import { formatNumber } from '@blacksmith/text'
import type { Asked } from '../sampler/sampler'
import { type Batch, median } from '../schedule'
import type { SweepDisplay } from './display'
import { inParallel } from './in-parallel'
import { overrides } from './overrides'
import { ranked } from './standing'
import type { Trained, Trainer } from './train'
import { finalRung, type Rung, type Trial, type TrialRun } from './trial'

export interface BatchRun {
  sweep: Sweep
  batch: Batch
  asked: readonly Asked[]
  /** The trials of earlier batches. */
  earlier: readonly Trial[]
  trainer: Trainer
  display: SweepDisplay
  parallel: number
  session: Session
}

/** Trains the trials of a batch, rung by rung; what it finds depends on no trial's speed. */
export async function runBatch(run: BatchRun): Promise<Trial[]> {
  const { batch, asked, earlier, display } = run
  const trials = asked.map(
    ({ parameters }, at): Trial => ({
      number: earlier.length + at + 1,
      parameters,
      state: 'complete',
      rungs: [],
    }),
  )
  let active = trials
  for (const [at, horizon] of batch.rungs.entries()) {
    if (active.length === 0) break
    const last = at === batch.rungs.length - 1
    if (horizon !== null)
      display.state.rung = `rung ${at + 1}/${batch.rungs.length}: ${active.length} to ${horizon}`
    await trainRung(run, active, horizon, last)
    const whole = active.filter(({ state }) => state !== 'failed')
    if (last) break
    active = goingOn(run, whole, horizon)
    for (const trial of whole) {
      if (active.includes(trial)) continue
      trial.state = 'stopped'
      ended(run, trial)
    }
  }
  return trials
}

/** All trainings of a rung, as many at once as fit. */
async function trainRung(
  run: BatchRun,
  trials: readonly Trial[],
  horizon: number | null,
  last: boolean,
): Promise<void> {
  const { sweep, parallel, session } = run
  const repeats: (Json | undefined)[] = sweep.repeats?.values ?? [undefined]
  const jobs = trials.flatMap((trial) => repeats.map((repeat, at) => ({ trial, repeat, at })))
  const results = new Map<Trial, Trained[]>(trials.map((trial) => [trial, []]))
  const work = async ({ trial, repeat, at }: (typeof jobs)[number]) => {
    const trained = await trainOnce(run, trial, horizon, repeat)
    const own = results.get(trial) ?? []
    own[at] = trained
    if (own.filter(Boolean).length < repeats.length) return
    const failure = own.find((each) => each.failure)?.failure
    if (failure) Object.assign(trial, { state: 'failed', failure })
    else
      trial.rungs.push(
        rungOf(
          horizon,
          own.flatMap((each) => each.run ?? []),
        ),
      )
    if (failure || last) ended(run, trial)
  }
  await inParallel(jobs, parallel, session.signal, work)
}

/** One training of a trial, shown in the sweep's line. */
async function trainOnce(
  { sweep, trainer, display }: BatchRun,
  trial: Trial,
  horizon: number | null,
  repeat: Json | undefined,
): Promise<Trained> {
  const set = overrides({
    ...trial.parameters,
    ...(sweep.schedule && horizon !== null ? { [sweep.schedule.parameter]: horizon } : {}),
    ...(sweep.repeats && repeat !== undefined ? { [sweep.repeats.parameter]: repeat } : {}),
  })
  const shown = display.of(
    `trial ${trial.number}${repeat === undefined ? '' : ` (${JSON.stringify(repeat)})`}`,
  )
  try {
    const trained = await trainer.train(await trainer.plan(set), shown)
    display.took(trained.made ? (trained.run?.seconds ?? 0) : undefined)
    return trained
  } finally {
    shown.end()
  }
}

function rungOf(horizon: number | null, runs: TrialRun[]): Rung {
  const columns = (runs[0]?.values ?? []).map((_, at) => runs.map(({ values }) => values[at] ?? Number.NaN))
  return { horizon, values: columns.map(mean), deviations: columns.map(deviation), runs }
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

/** Of a sample: what one would expect of further repeats. */
function deviation(values: readonly number[]): number {
  if (values.length < 2) return 0
  const middle = mean(values)
  return Math.sqrt(values.reduce((sum, value) => sum + (value - middle) ** 2, 0) / (values.length - 1))
}

/** Which of the trials that came through a rung go on. */
function goingOn({ sweep, batch, earlier }: BatchRun, trials: Trial[], horizon: number | null): Trial[] {
  if (batch.keep !== undefined) {
    const kept = Math.max(1, Math.floor(trials.length / batch.keep))
    const best = new Set(ranked(sweep.objectives, trials).slice(0, kept))
    return trials.filter((trial) => best.has(trial))
  }
  if (sweep.schedule?.kind !== 'median') return trials
  const others = earlier.flatMap(
    ({ rungs }) => rungs.find((rung) => rung.horizon === horizon)?.values[0] ?? [],
  )
  if (others.length < sweep.schedule.after) return trials
  const bound = median(others)
  const sign = sweep.objectives[0]?.goal === 'minimize' ? -1 : 1
  return trials.filter((trial) => sign * ((finalRung(trial)?.values[0] ?? Number.NaN) - bound) >= 0)
}

/** Counts a trial that has ended, and says what came of it. */
function ended({ sweep, display, batch }: BatchRun, trial: Trial): void {
  display.state.done += 1
  const what = overrides(trial.parameters).join(' ')
  if (trial.failure) {
    display.note(
      `trial ${trial.number} failed (${trial.failure.kind}): ${trial.failure.message.split('\n')[0]}  ${what}`,
    )
    return
  }
  const rung = finalRung(trial)
  const values = sweep.objectives.map(({ metric }, at) => {
    const spread = rung?.deviations[at] ? ` ± ${formatNumber(rung.deviations[at])}` : ''
    return `${metric} ${formatNumber(rung?.values[at] ?? Number.NaN)}${spread}`
  })
  if (values.length === 0)
    for (const [metric, value] of Object.entries(rung?.runs[0]?.metrics ?? {}))
      values.push(`${metric} ${formatNumber(value)}`)
  const where =
    batch.rungs.length > 1 ? ` at ${rung?.horizon}${trial.state === 'stopped' ? ', ended there' : ''}` : ''
  display.note(`trial ${trial.number}: ${values.join(', ')}${where}  ${what}`)
}
