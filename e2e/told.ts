import type { ChildProcess } from 'node:child_process'
import { stripVTControlCharacters } from 'node:util'

/** Waits until a process has said this; fails when it ends without. */
export function told(child: ChildProcess, pattern: RegExp): Promise<void> {
  let output = ''
  return new Promise((resolve, reject) => {
    const take = (text: Buffer) => {
      output += stripVTControlCharacters(String(text))
      if (pattern.test(output)) resolve()
    }
    child.stdout?.on('data', take)
    child.stderr?.on('data', take)
    child.once('exit', () => reject(new Error(`it ended without saying ${pattern}:\n${output}`)))
  })
}
