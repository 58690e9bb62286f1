import { statSync } from 'node:fs'
import { join } from 'node:path'
import { type PluginOptions, readPluginOptions } from './options'

/**
 * The plugin's options, read once for as long as nx.json stays as it is.
 *
 * @throws UserError with all that is wrong with them
 */
export function knownOptions(workspaceRoot: string): PluginOptions {
  const stamp = stampOf(join(workspaceRoot, 'nx.json'))
  const before = known.get(workspaceRoot)
  if (before?.stamp === stamp) return before.options
  const options = readPluginOptions(workspaceRoot)
  known.set(workspaceRoot, { stamp, options })
  return options
}

/** By root. A process that lives long, as Nx's daemon does, sees a change of nx.json. */
const known = new Map<string, { stamp: string; options: PluginOptions }>()

function stampOf(file: string): string {
  const stats = statSync(file, { throwIfNoEntry: false })
  return stats ? [stats.ino, stats.size, stats.mtimeMs, stats.ctimeMs].join(' ') : ''
}
