import { UserError } from '@blacksmith/config'
import { execute, type Outcome, plan } from '@blacksmith/task'
import type { Session } from '@blacksmith/terminal'
import { chosen } from './results/chosen'
import type { SweepOutcome } from './run-sweep'
import { overrides } from './trials/overrides'
import { finalRung } from './trials/trial'

/**
 * Evaluates the best trial on the test split: the only time that a sweep looks at it.
 *
 * @returns undefined where no trial came to its end
 * @throws UserError where the experiment's code is another by now
 */
export async function evaluateBest(
  { sweep, best: [best], base }: SweepOutcome,
  session: Session,
): Promise<Outcome | undefined> {
  if (best === undefined) return undefined
  const { request, store, experiment } = base
  const set = [...request.flags.set, ...overrides(chosen(sweep, best))]
  const planned = await plan(
    { ...request, target: 'evaluate', flags: { ...request.flags, set } },
    { store, keep: true },
  )
  const training = planned.producers.find((each) => each.request.target === 'train')
  const key = finalRung(best)?.runs[0]?.key
  if (training?.key.known && training.key.value !== key) {
    throw new UserError({
      file: experiment.header.directory,
      message:
        'it, or what it reads, has been edited while the sweep went on: its best trial is not what would be evaluated',
      remedy: 'run the same command again; trials that stay the same are in the store',
    })
  }
  return execute(planned, { ...session, fresh: false })
}
