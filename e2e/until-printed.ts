import type { ChildProcess } from 'node:child_process'
import { stripVTControlCharacters } from 'node:util'

/** Waits until a process has said this, and gives the match; fails when it ends without. */
export function untilPrinted(child: ChildProcess, pattern: RegExp): Promise<RegExpExecArray> {
  let output = ''
  return new Promise((resolve, reject) => {
    const take = (text: Buffer) => {
      output += text
      const found = pattern.exec(stripVTControlCharacters(output))
      if (found) resolve(found)
    }
    child.stdout?.on('data', take)
    child.stderr?.on('data', take)
    // Not `exit`: what was said last may be read after that.
    child.once('close', () => reject(new Error(`it ended without saying ${pattern}:\n${output}`)))
  })
}
