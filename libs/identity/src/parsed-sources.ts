import { join } from 'node:path'
import { parsedFolder } from '@blacksmith/store/home'
import { importsFile, SourceCache } from './imports/source-cache'

let cache: { file: string; sources: SourceCache } | undefined

/**
 * What Python sources import, parsed once for all commands and clones of a person. Nx's graph and every execution save
 * what they had to parse; a plan only reads.
 */
export function parsedSources(): SourceCache {
  const file = join(parsedFolder(), importsFile)
  if (cache?.file !== file) cache = { file, sources: new SourceCache(file) }
  return cache.sources
}
