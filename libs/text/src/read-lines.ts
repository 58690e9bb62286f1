import type { Readable } from 'node:stream'

/** What is longer is cut: no event and no sentence for people is that long, but a stray dump can be. */
const longest = 1 << 20

/** What a line ends with whose rest was cut off. */
export const cutMark = ' … (cut)'

/**
 * Calls back for each line of a stream, without its end; also for a last one that has none. Of a line that is
 * redrawn in place (`\r`, as progress bars do) only the last state is passed on.
 *
 * @returns resolves when the stream has ended, for whatever reason; rejects with what `onLine` throws
 */
export function readLines(stream: Readable, onLine: (line: string) => void): Promise<void> {
  const line = new OpenLine()
  stream.setEncoding('utf8')
  return new Promise((resolve, reject) => {
    stream.on('data', (chunk: string) => {
      try {
        const pieces = chunk.split('\n')
        const rest = pieces.pop() ?? ''
        for (const piece of pieces) onLine(line.end(piece))
        line.add(rest)
      } catch (error) {
        reject(error)
        stream.destroy()
      }
    })
    // A pipe whose writer was killed may break instead of ending; what came through it is all there is.
    stream.on('error', () => {})
    stream.once('close', () => {
      try {
        if (!line.isEmpty) onLine(line.end(''))
        resolve()
      } catch (error) {
        reject(error)
      }
    })
  })
}

/** A line whose end has not come yet. It never holds more than it will pass on. */
class OpenLine {
  #pieces: string[] = []
  #length = 0
  #cut = false

  get isEmpty(): boolean {
    return this.#length === 0
  }

  add(piece: string): void {
    if (piece === '') return
    // The last `\r` may be half of `\r\n`.
    const redrawn = piece.slice(0, -1).lastIndexOf('\r')
    if (redrawn >= 0) this.#clear()
    const text = piece.slice(redrawn + 1)
    const room = longest - this.#length
    if (text.length > room) this.#cut = true
    if (room <= 0) return
    this.#pieces.push(text.slice(0, room))
    this.#length += Math.min(text.length, room)
  }

  end(piece: string): string {
    this.add(piece)
    const text = this.#pieces.join('').replace(/\r$/, '')
    const line = text.slice(text.lastIndexOf('\r') + 1) + (this.#cut ? cutMark : '')
    this.#clear()
    return line
  }

  #clear(): void {
    this.#pieces = []
    this.#length = 0
    this.#cut = false
  }
}
