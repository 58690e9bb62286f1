import { existsSync, readdirSync } from 'node:fs'

/** The names in a folder; none where there is no such folder. */
export function namesIn(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder) : []
}
