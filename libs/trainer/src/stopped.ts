import { isEvent, type TrainerEvent } from '@blacksmith/protocol'

/** How far a trainer has reported that it is. */
export interface Reached {
  step?: number
  of?: number | undefined
  /** The step of the newest checkpoint. */
  kept?: number
}

/** Takes in what an event says of it. */
export function reach(reached: Reached, event: TrainerEvent): void {
  if (isEvent(event, 'progress')) Object.assign(reached, { step: event.step, of: event.of })
  else if (isEvent(event, 'checkpoint') || isEvent(event, 'resumed')) reached.kept = event.step
}

/** What has become of a run that was stopped, and what its command would do. */
export function stoppedWords({ step = 0, of, kept = 0 }: Reached): string {
  // Not every step is reported.
  const at = Math.max(step, kept)
  const where = at > 0 ? ` at step ${count(at)}${of === undefined ? '' : ` of ${count(of)}`}` : ''
  return `stopped${where}; ${nextTime({ step: at, kept })}`
}

/** What the same command would do next. */
export function nextTime({ step = 0, kept = 0 }: Reached): string {
  if (kept === 0) return 'the same command begins again'
  return `the same command continues from ${kept >= step ? 'there' : `step ${count(kept)}`}`
}

function count(steps: number): string {
  return steps.toLocaleString('en-US')
}
