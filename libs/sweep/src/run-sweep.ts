import { isUserError, type Sweep, UserError } from '@blacksmith/config'
import { atOnce } from '@blacksmith/devices'
import { type Plan, planTrials, refuseEdited, type TaskRequest } from '@blacksmith/task'
import type { Session } from '@blacksmith/terminal'
import { announcement } from './announce'
import { gridSampler, gridSize } from './sampler/grid'
import { optunaSampler } from './sampler/optuna'
import type { Asked, Sampler } from './sampler/sampler'
import { batches } from './schedule'
import { runBatch } from './trials/batch'
import { SweepDisplay } from './trials/display'
import { overrides } from './trials/overrides'
import { bestOf, bestText, toldOf } from './trials/standing'
import { Trainer } from './trials/train'
import type { Trial } from './trials/trial'

/** What comes of a sweep. */
export interface SweepOutcome {
  sweep: Sweep
  /** In the order in which they were chosen. */
  trials: Trial[]
  /** The best one; of several objectives those that no other is better than in all. */
  best: Trial[]
  /** By parameter its share in how the first objective varies. */
  importance: Record<string, number>
  /** Trainings that were found in the store, and those that were trained. */
  reused: number
  trained: number
  /** What all trainings have in common. */
  base: Plan
}

export interface SweepRequest {
  sweep: Sweep
  /** The training that its trials vary. */
  request: TaskRequest
  /** At most so many trainings at once. */
  parallel?: number | undefined
  /** Whether trials that have failed before are tried again. */
  retry?: boolean
  /** Called after each batch: a sweep that is killed has shown that much. */
  onBatch?: (outcome: SweepOutcome) => Promise<void>
}

/** So many combinations in a row that are not wanted: there may be no other. */
const mostRefused = 1000

/**
 * Runs a sweep to its end. What its sampler is told depends on whole batches in the order of their trials, never on how
 * fast each was: the same sweep has the same trials wherever and however often it is run.
 *
 * @throws UserError where it was stopped, and where nothing can be trained
 */
export async function runSweep(o: SweepRequest, session: Session): Promise<SweepOutcome> {
  const { sweep, request } = o
  const base = await planTrials(request, session)
  const sampler = await open(sweep, base, session)
  const trainer = new Trainer(base, sweep.objectives, session, { retry: o.retry ?? false })
  const fits = await atOnce(base.experiment.placement)
  const parallel = Math.min(o.parallel ?? sweep.parallel ?? fits, fits)
  try {
    const of =
      sweep.sampler === 'grid' ? Math.min(sweep.trials ?? Infinity, gridSize(sweep)) : (sweep.trials ?? 0)
    const display = new SweepDisplay(session.display, {
      done: 0,
      of,
      reused: 0,
      trained: 0,
      seconds: 0,
      left: of * (sweep.repeats?.values.length ?? 1),
      atOnce: parallel,
    })
    const outcome: SweepOutcome = { sweep, trials: [], best: [], importance: {}, reused: 0, trained: 0, base }
    for (const batch of batches(sweep, of)) {
      const size = Math.min(batch.size, of - outcome.trials.length)
      if (size <= 0) break
      refuseEdited(base)
      const asked = await askWanted(sweep, sampler, trainer, size)
      if (asked.length === 0) break
      if (outcome.trials.length === 0) {
        const all = asked.length < size || size === of ? asked : undefined
        display.note(await announcement(sweep, all?.length ?? of, all, trainer, parallel))
      }
      const trials = await runBatch({
        sweep,
        batch,
        asked,
        earlier: outcome.trials,
        trainer,
        display,
        parallel,
        session,
      })
      trainer.forgetPlans()
      await sampler.tell(trials.map((trial, at) => toldOf(trial, asked[at]?.id ?? 0)))
      outcome.trials.push(...trials)
      Object.assign(outcome, { reused: display.state.reused, trained: display.state.trained })
      outcome.best = bestOf(sweep, outcome.trials)
      display.state.best = bestText(sweep, outcome.best)
      refuseHopeless(outcome.trials)
      await o.onBatch?.(outcome)
    }
    outcome.importance = await sampler.importance()
    return outcome
  } finally {
    sampler.close()
    await trainer.close()
  }
}

function open(
  sweep: Sweep,
  { request, store }: Plan,
  { display, signal }: Session,
): Promise<Sampler> | Sampler {
  if (sweep.sampler === 'grid') return gridSampler(sweep)
  const onLine = (line: string) => display.passing(line)
  return optunaSampler(sweep, { workspaceRoot: request.workspaceRoot, home: store.home, onLine, signal })
}

/** The next trials, without combinations that a constraint, or the experiment's config.ts, does not want. */
async function askWanted(sweep: Sweep, sampler: Sampler, trainer: Trainer, count: number): Promise<Asked[]> {
  const wanted: Asked[] = []
  let refused = 0
  let why = ''
  while (wanted.length < count) {
    const asked = await sampler.ask(count - wanted.length)
    if (asked.length === 0) return wanted
    for (const each of asked) {
      const reason = await refusal(sweep, trainer, each)
      if (reason === undefined) {
        wanted.push(each)
        refused = 0
        continue
      }
      refused += 1
      why = reason
      await sampler.tell([{ id: each.id, state: 'refused' }])
    }
    if (refused >= mostRefused && sweep.sampler !== 'grid')
      throw new UserError({
        field: 'space',
        message: `${refused} combinations in a row are not wanted; the last one: ${why}`,
        remedy: 'widen the space, or take constraints back',
      })
  }
  return wanted
}

async function refusal(sweep: Sweep, trainer: Trainer, { parameters }: Asked): Promise<string | undefined> {
  try {
    const { experiment } = await trainer.plan(overrides(parameters))
    const values = experiment.config.values as unknown as Record<string, never>
    const look = (path: string) =>
      path.split('.').reduce<never | undefined>((node, step) => Object(node)[step], values as never)
    return sweep.constraints.find((condition) => !condition.holds(look))?.text
  } catch (error) {
    if (isUserError(error)) return error.message
    throw error
  }
}

/** Where nothing has ever come of any trial it is not the parameters' fault. */
function refuseHopeless(trials: readonly Trial[]): void {
  const faults = trials.filter(({ failure }) => failure && ['error', 'crashed'].includes(failure.kind))
  if (faults.length < 3 || faults.length < trials.length) return
  throw new UserError({
    message: `all ${trials.length} trials have failed; the first one: ${faults[0]?.failure?.message}`,
    remedy: 'mend the recipe; with --retry those that have failed are tried again as they are',
  })
}
