import type { ScalarEvent } from './event-record'

const notPlain = /[^\w.-]+/g

/** Reads a line of metrics.jsonl; undefined where it holds no step. `started` is in seconds since the epoch. */
export function splitEvent(
  line: unknown,
  started: number,
): { split: string; event: ScalarEvent } | undefined {
  if (typeof line !== 'object' || line === null) return undefined
  const { step, split, values, seconds } = line as Record<string, unknown>
  if (typeof step !== 'number') return undefined
  const numbers = Object.entries(values ?? {}).filter(
    (entry): entry is [string, number] => typeof entry[1] === 'number',
  )
  const wallTime = started + (typeof seconds === 'number' ? seconds : 0)
  return {
    split: typeof split === 'string' ? folderName(split) : 'train',
    event: { wallTime, step, values: numbers },
  }
}

/** A run's folder below the one that TensorBoard is shown. */
export function runFolder(run: { project: string; configuration: string; id: string }): string {
  return folderName(`${run.project}-${run.configuration}-${run.id}`)
}

/** A name that is one folder, whatever stands in it. */
function folderName(name: string): string {
  const plain = name.replace(notPlain, '_')
  return /^\.{0,2}$/.test(plain) ? '_' : plain
}
