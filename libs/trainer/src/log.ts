import { closeSync, openSync, writeSync } from 'node:fs'

/** The record of what a trainer printed. */
export interface Log {
  write(line: string): void
  close(): void
}

/**
 * Opens log.txt to go on with. Each line is written at once, so that all of it is there after a kill. A log that
 * cannot be written ends no training: it is reported once, and the run goes on without.
 */
export function openLog(path: string, onTrouble: (line: string) => void): Log {
  let descriptor: number | undefined
  const attempt = (act: () => void) => {
    try {
      act()
    } catch (error) {
      if (descriptor !== undefined) closeSync(descriptor)
      descriptor = undefined
      onTrouble(`${path} cannot be written, so the log ends here: ${(error as Error).message}`)
    }
  }
  attempt(() => {
    descriptor = openSync(path, 'a')
  })
  return {
    write(line) {
      if (descriptor === undefined) return
      const open = descriptor
      attempt(() => writeSync(open, `${line}\n`))
    },
    close() {
      if (descriptor !== undefined) closeSync(descriptor)
      descriptor = undefined
    },
  }
}
