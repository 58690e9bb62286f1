import { openRunFile } from '@blacksmith/protocol'
import { plainLines, truncate } from '@blacksmith/text'

const tailBytes = 64 << 10
const mostLines = 200
const longestLine = 500

/** The last lines of a log as plain text; a line of a megabyte shows its end, cut. */
export async function logTail(file: string): Promise<string[]> {
  const handle = await openRunFile(file).catch(() => undefined)
  if (handle === undefined) return []
  try {
    const { size } = await handle.stat()
    const from = Math.max(0, size - tailBytes)
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(tailBytes), 0, tailBytes, from)
    const text = buffer.toString('utf8', 0, bytesRead)
    const firstEnd = text.trimEnd().indexOf('\n')
    const whole = from === 0 || firstEnd < 0 ? text : text.slice(firstEnd + 1)
    const lines = plainLines(whole).map((line) => truncate(line, longestLine))
    while (lines.at(-1) === '') lines.pop()
    return lines.slice(-mostLines)
  } finally {
    await handle.close()
  }
}
