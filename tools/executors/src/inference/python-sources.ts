import { join } from 'node:path'
import { storeHome } from '@blacksmith/store/src/home'
import { ImportReader, SourceCache } from '@blacksmith/trainer/imports'

/** The folder that Python's packages of ours are searched in. */
export const pythonRoot = 'libs/python'

/** Where the plugin keeps what it has parsed, by content: all clones of a person profit from one. */
export function graphCacheFolder(): string {
  return join(storeHome(), 'graph')
}

let cache: { file: string; sources: SourceCache } | undefined

/** What Python files import. One reader holds one moment's view of the tree: take a new one for each graph. */
export function openSources(): { reader: ImportReader; save(): void } {
  const file = join(graphCacheFolder(), 'imports.json')
  if (cache?.file !== file) cache = { file, sources: new SourceCache(file) }
  const { sources } = cache
  return { reader: new ImportReader(sources), save: () => sources.save() }
}
