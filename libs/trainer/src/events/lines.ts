import type { Readable } from 'node:stream'

/** A line longer than this is cut: no event and no sentence for people is that long, but a stray dump can be. */
const longest = 4 << 20

/**
 * Calls back for each line of a stream, without its end; also for a last one that has none. Resolves when the
 * stream has ended.
 */
export function readLines(stream: Readable, onLine: (line: string) => void): Promise<void> {
  let pending = ''
  stream.setEncoding('utf8')
  stream.on('data', (chunk: string) => {
    const lines = (pending + chunk).split('\n')
    pending = (lines.pop() ?? '').slice(0, longest)
    for (const line of lines) onLine(line.slice(0, longest).replace(/\r$/, ''))
  })
  return new Promise((resolve) => {
    stream.once('close', () => {
      if (pending !== '') onLine(pending)
      resolve()
    })
  })
}
