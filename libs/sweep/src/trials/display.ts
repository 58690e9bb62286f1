import type { Progress } from '@blacksmith/terminal'
import { formatDuration } from '@blacksmith/text'

/** What is going on in a sweep, for its one line. */
export interface SweepState {
  /** Trials that have ended, and how many there will be. */
  done: number
  of: number
  /** The best so far, in words. */
  best?: string | undefined
  /** How long the trials of this rung train; only of a sweep that has several. */
  rung?: string | undefined
  /** Trainings that were found in the store, and those that were trained, with the seconds that they took in all. */
  reused: number
  trained: number
  seconds: number
  /** How many trainings are still to come, as far as that is known, and how many go on at once. */
  left: number
  atOnce: number
}

/** Shows a sweep in the line of its session: the trainings in it have no line of their own. */
export class SweepDisplay {
  private readonly running = new Map<string, string>()

  constructor(
    private readonly display: Progress,
    readonly state: SweepState,
  ) {}

  /** The display of one training. */
  of(name: string): Progress {
    return {
      event: (event) => {
        if (event.event !== 'progress' || typeof event.step !== 'number' || typeof event.of !== 'number')
          return
        this.running.set(name, `${name} ${Math.floor((100 * event.step) / Math.max(1, event.of))} %`)
        this.show()
      },
      note: (line) => this.display.note(`${name}: ${line}`),
      passing: () => undefined,
      end: () => {
        this.running.delete(name)
        this.show()
      },
    }
  }

  note(line: string): void {
    this.display.note(line)
  }

  /** Counts a training: the seconds that it took, or undefined for one that was in the store. */
  took(seconds: number | undefined): void {
    const { state } = this
    if (seconds === undefined) state.reused += 1
    else state.trained += 1
    state.seconds += seconds ?? 0
    state.left = Math.max(0, state.left - 1)
  }

  show(): void {
    this.display.event({ event: 'doing', what: this.line() })
  }

  private line(): string {
    const { done, of, best, rung, trained, seconds, left, atOnce } = this.state
    const perTraining = trained > 0 ? seconds / trained : undefined
    return [
      `trials ${done}/${of}`,
      best && `best ${best}`,
      rung,
      this.running.size > 0 && `running ${[...this.running.values()].join(', ')}`,
      perTraining !== undefined && left > 0 && `about ${formatDuration((left * perTraining) / atOnce)} left`,
    ]
      .filter(Boolean)
      .join('  ')
  }
}
