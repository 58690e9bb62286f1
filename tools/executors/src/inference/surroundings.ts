import { join, relative, sep } from 'node:path'
import { presentKinds } from '@blacksmith/devices/present-kinds'
import { pythonRoot } from '@blacksmith/identity/entry'
import type { ImportReader } from '@blacksmith/trainer/imports'
import type { Surroundings } from './experiment-project'
import { Outlines } from './outline'
import { datasetRoot, isPackageChain } from './python-projects'
import { openSources } from './python-sources'

/** Looks once at what all experiments of a graph have in common; `save` keeps what was parsed for the next graph. */
export function lookAround(workspaceRoot: string): { surroundings: Surroundings; save(): void } {
  const outlines = new Outlines(workspaceRoot)
  const sources = openSources()
  const imports = new Map<string, string[]>()
  const preparationImports = (dataset: string) => {
    const known = imports.get(dataset) ?? foreignImports(sources.reader, workspaceRoot, dataset)
    imports.set(dataset, known)
    return known
  }
  return {
    surroundings: { workspaceRoot, outlines, present: presentKinds(), preparationImports },
    save() {
      outlines.save()
      sources.save()
    },
  }
}

/**
 * Workspace-relative paths of the Python files outside a data set's folder that its preparation runs. (Those of
 * packages on the way are inputs of every target anyway.)
 */
function foreignImports(reader: ImportReader, workspaceRoot: string, dataset: string): string[] {
  const entry = join(workspaceRoot, datasetRoot(dataset), 'prepare.py')
  const { files } = reader.closure([entry], [join(workspaceRoot, pythonRoot)])
  return files
    .map(({ path }) => relative(workspaceRoot, path).split(sep).join('/'))
    .filter((file) => !file.startsWith(`${datasetRoot(dataset)}/`) && !isPackageChain(file))
}
