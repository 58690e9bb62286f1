import { join } from 'node:path'
import { FollowedLines } from '@blacksmith/protocol'
import { EventFiles } from './event-files'
import { runFolder } from './metric-line'

const everyMs = 1000

/** The run whose metrics are followed. */
export interface FollowedRun {
  project: string
  configuration: string
  id: string
  /** Its metrics.jsonl, which grows. */
  metrics: string
}

/** Writes a run's metrics as TensorBoard event files while it goes on. */
export interface TensorBoardFollower {
  /** To be called at each of the trainer's events. */
  event(event: { readonly event: string }): void
  /** Writes the rest. */
  end(): Promise<void>
}

/**
 * Follows a run into event files, at most once a second. Nothing that goes wrong here may cost a training:
 * `onProblem` is called the first time, and then no more is written.
 */
export function followOnTensorBoard(
  run: FollowedRun,
  logDirectory: string,
  onProblem: (line: string) => void,
): TensorBoardFollower {
  const lines = new FollowedLines(run.metrics)
  const begin = () => new EventFiles(join(logDirectory, runFolder(run)), Date.now() / 1000)
  let files = begin()
  let timer: NodeJS.Timeout | undefined
  let looking = Promise.resolve()
  let broken = false
  const look = async () => {
    if (broken) return
    try {
      await lines.read(
        (line) => files.add(line),
        () => {
          files = begin()
        },
      )
      await files.write()
    } catch (error) {
      broken = true
      onProblem(`no more TensorBoard files are written to ${logDirectory}: ${(error as Error).message}`)
    }
  }
  const queue = () => {
    timer = undefined
    looking = looking.then(look)
    return looking
  }
  return {
    event({ event }) {
      if (event === 'metric') timer ??= setTimeout(queue, everyMs).unref()
    },
    end() {
      clearTimeout(timer)
      return queue()
    },
  }
}
