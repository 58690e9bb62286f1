import { parsedSources } from '@blacksmith/task/src/parsed-sources'
import { ImportReader } from '@blacksmith/trainer/imports'

/** The folder that Python's packages of ours are searched in. */
export const pythonRoot = 'libs/python'

/** What Python files import. One reader holds one moment's view of the tree: take a new one for each graph. */
export function openSources(): { reader: ImportReader; save(): void } {
  const sources = parsedSources()
  return { reader: new ImportReader(sources), save: () => sources.save() }
}
