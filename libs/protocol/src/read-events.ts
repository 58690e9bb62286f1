import type { Readable } from 'node:stream'
import { readLines } from '@blacksmith/text'
import { parseEvent, type TrainerEvent } from './events'

/** More of them would help nobody. */
const mostWarnings = 5
const shown = 120

/**
 * Reads a trainer's events to the end of the stream. A line that is no event becomes a warning: a library that
 * writes to a descriptor which is not its own must not end a training.
 *
 * @param redact blanks secrets in such a line before it is shortened, which could cut one in two
 */
export async function readEvents(
  stream: Readable,
  onEvent: (event: TrainerEvent) => void,
  redact: (text: string) => string,
): Promise<void> {
  let garbage = 0
  await readLines(stream, (line) => {
    if (line.trim() === '') return
    const event = parseEvent(line)
    if (event) return onEvent(event)
    garbage++
    if (garbage <= mostWarnings)
      onEvent(warning(`the trainer sent something that is no event: ${short(redact(line))}`))
  })
  if (garbage > mostWarnings) {
    onEvent(
      warning(`the trainer sent ${garbage} lines that are no events; ${mostWarnings} of them were shown`),
    )
  }
}

function warning(message: string): TrainerEvent {
  return { event: 'warning', time: Date.now() / 1000, message }
}

function short(line: string): string {
  return line.length > shown ? `${line.slice(0, shown)}… (${line.length} characters)` : line
}
