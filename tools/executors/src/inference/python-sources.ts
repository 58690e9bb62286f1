import { ImportReader } from '@blacksmith/identity/imports'
import { parsedSources } from '@blacksmith/identity/parsed-sources'

/** What Python files import. One reader holds one moment's view of the tree: take a new one for each graph. */
export function openSources(): { reader: ImportReader; save(): void } {
  const sources = parsedSources()
  return { reader: new ImportReader(sources), save: () => sources.save() }
}
