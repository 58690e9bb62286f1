import { isUserError, type Objective, UserError } from '@blacksmith/config'
import type { Artifact } from '@blacksmith/store'
import { execute, type Plan, planLike } from '@blacksmith/task'
import { FirstStep, type Progress, type Session } from '@blacksmith/terminal'
import { Failures, failureOf } from './failures'
import { judge } from './objective'
import { Slots } from './slots'
import type { TrialFailure, TrialRun } from './trial'

/** How a training ended. */
export type Trained =
  | { run: TrialRun; made: boolean; failure?: undefined }
  | { run?: undefined; made: boolean; failure: TrialFailure }

/** Failures that are nobody's parameters': so many in a row end the sweep. */
const mostInARow = 3

/** Trains what a sweep asks for, or takes it from the store. */
export class Trainer {
  private inARow = 0
  private readonly plans = new Map<string, Promise<Plan>>()
  private readonly failures: Failures
  private readonly slots = new Slots()

  /**
   * @param base what all trainings have in common
   * @param o.retry whether what has failed before is tried again
   */
  constructor(
    private readonly base: Plan,
    private readonly objectives: readonly Objective[],
    private readonly session: Session,
    private readonly o: { retry: boolean },
  ) {
    this.failures = new Failures(base.store.home)
  }

  /**
   * @param display where the training is shown
   * @throws UserError where it has been stopped, or where nothing can be trained here
   */
  async train(planned: Plan, display: Progress): Promise<Trained> {
    const there = await this.inStore(planned)
    if (there) return there
    const made = await this.make(planned, display)
    return 'failure' in made ? made : { run: await this.judge(made.artifact), made: made.made }
  }

  /** What is known of a training without training: from the store alone. */
  async inStore({ key, store }: Plan): Promise<Trained | undefined> {
    if (!key.known || this.session.fresh) return undefined
    const stored = await store.lookup(key.value)
    try {
      if (stored) return { run: await this.judge(stored), made: false }
    } finally {
      stored?.release()
    }
    if (this.o.retry) return undefined
    const failure = await this.failures.find(key.value)
    return failure && { failure, made: false }
  }

  /** Tries again where the reason lies outside of the training. */
  private async make(
    planned: Plan,
    display: Progress,
  ): Promise<{ artifact: Artifact; made: boolean } | { failure: TrialFailure; made: true }> {
    const { key } = planned
    const session = { ...this.session, display, firstStep: new FirstStep(() => undefined, false) }
    for (;;) {
      try {
        const { artifact, made } = await this.slots.in((slot) =>
          execute(planned, session, { kept: true, slot }),
        )
        this.inARow = 0
        if (key.known) await this.failures.forget(key.value)
        return { artifact, made }
      } catch (error) {
        if (this.session.signal.aborted || !isUserError(error)) throw error
        const failure = failureOf(error)
        if (failure) {
          this.inARow = 0
          if (key.known) await this.failures.note(key.value, failure)
          return { failure, made: true }
        }
        this.inARow += 1
        if (this.inARow >= mostInARow) throw ended(error)
        display.note(`${error.message}\nit is tried again`)
      }
    }
  }

  /** Gives the devices back. */
  close(): Promise<void> {
    return this.slots.close()
  }

  private async judge({ key, directory, provenance }: Artifact): Promise<TrialRun> {
    const judged = await judge(directory, this.objectives)
    return { key, id: provenance.id, seconds: provenance.seconds, ...judged }
  }

  /** Seconds that the experiment's last training took, where there was one. */
  async usualSeconds(): Promise<number | undefined> {
    const { store, request, experiment } = this.base
    const { project } = experiment.header
    const last = await store.latest({ project, target: 'train', configuration: request.configuration })
    return last?.provenance.seconds
  }

  /** The plan of one training, made once in a batch. */
  plan(set: readonly string[]): Promise<Plan> {
    const known = JSON.stringify(set)
    const planned = this.plans.get(known) ?? planLike(this.base, [...this.base.request.flags.set, ...set])
    this.plans.set(known, planned)
    return planned
  }

  /** Forgets the plans of a batch that is over. */
  forgetPlans(): void {
    this.plans.clear()
  }
}

function ended(error: UserError): UserError {
  const [first, ...rest] = error.problems
  const message = `${mostInARow} trainings in a row could not be run; the last one: ${first?.message ?? error.message}`
  return new UserError([{ ...first, message }, ...rest], { cause: error })
}
