import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

/** The folder of an experiment in which its sweeps are. */
export const sweepsFolder = 'sweeps'

/** Names of an experiment's sweeps, sorted: those that can be part of a target's name. */
export function sweepNames(workspaceRoot: string, directory: string): string[] {
  const folder = join(workspaceRoot, directory, sweepsFolder)
  if (!existsSync(folder)) return []
  return readdirSync(folder)
    .filter((file) => /^[A-Za-z0-9][\w-]*\.yaml$/.test(file))
    .map((file) => file.slice(0, -'.yaml'.length))
    .sort()
}
