import { openRunFile } from './run-file'

const chunkBytes = 1 << 20
/** A line longer than this is no record of ours; it is passed over instead of being held in memory. */
const longestLine = 4 << 20

/** What became of a file's lines: those that are not JSON are counted, never fatal (a killed run ends in half a line). */
export interface LinesRead {
  lines: number
  unreadable: number
  /** Bytes up to the end of the last whole line: where a reader that follows the file goes on. */
  bytes: number
}

/**
 * Reads a file of JSON lines from byte `from`, in bounded memory, as far as it was written when it was opened and at
 * most `mostBytes` of it. The last line counts only when it is ended or complete JSON, since somebody may be writing
 * it. A file that does not exist, or is none, has no lines.
 */
export async function readJsonLines(
  path: string,
  onLine: (value: unknown) => void,
  from = 0,
  mostBytes = Number.POSITIVE_INFINITY,
): Promise<LinesRead> {
  const read: LinesRead = { lines: 0, unreadable: 0, bytes: from }
  const file = await openRunFile(path)
  if (file === undefined) return read
  try {
    const end = Math.min((await file.stat()).size, from + mostBytes)
    const chunk = Buffer.allocUnsafe(chunkBytes)
    let carried = Buffer.alloc(0)
    let skipping = false
    let position = from
    while (position < end) {
      const { bytesRead } = await file.read(chunk, 0, Math.min(chunkBytes, end - position), position)
      if (bytesRead === 0) break
      position += bytesRead
      const data =
        carried.length > 0
          ? Buffer.concat([carried, chunk.subarray(0, bytesRead)])
          : chunk.subarray(0, bytesRead)
      const lineEnd = data.lastIndexOf(10)
      if (lineEnd >= 0) {
        const text = data.toString('utf8', 0, lineEnd)
        parseLines(skipping ? text.slice(text.indexOf('\n') + 1 || text.length) : text, onLine, read)
        skipping = false
        read.bytes = position - (data.length - lineEnd - 1)
      }
      carried = Buffer.from(data.subarray(lineEnd + 1))
      if (carried.length > longestLine) {
        if (!skipping) read.unreadable += 1
        skipping = true
        carried = Buffer.alloc(0)
      }
    }
    if (carried.length > 0 && !skipping) parseLast(carried, onLine, read)
    return read
  } finally {
    await file.close()
  }
}

function parseLines(text: string, onLine: (value: unknown) => void, read: LinesRead): void {
  let start = 0
  while (start <= text.length) {
    const at = text.indexOf('\n', start)
    const end = at < 0 ? text.length : at
    if (end > start) parseLine(text.slice(start, end), onLine, read)
    start = end + 1
  }
}

function parseLine(line: string, onLine: (value: unknown) => void, read: LinesRead): void {
  const value = parsed(line)
  if (value === undefined) {
    if (line.trim() !== '') read.unreadable += 1
    return
  }
  read.lines += 1
  onLine(value)
}

function parseLast(line: Buffer, onLine: (value: unknown) => void, read: LinesRead): void {
  const value = parsed(line.toString('utf8'))
  if (value === undefined) return
  read.lines += 1
  read.bytes += line.length
  onLine(value)
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}
