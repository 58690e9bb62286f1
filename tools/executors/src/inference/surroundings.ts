import { join, posix, relative, sep } from 'node:path'
import { isUserError } from '@blacksmith/config/header'
import { presentKinds } from '@blacksmith/devices/present-kinds'
import { pythonRoot } from '@blacksmith/identity/entry'
import { preparationDeclaration } from '@blacksmith/identity/preparation-declaration'
import type { ImportReader } from '@blacksmith/trainer/imports'
import type { Surroundings } from './experiment-project'
import { Outlines } from './outline'
import { datasetRoot, isPackageChain } from './python-projects'
import { openSources } from './python-sources'

/** Looks once at what all experiments of a graph have in common; `save` keeps what was parsed for the next graph. */
export function lookAround(workspaceRoot: string): { surroundings: Surroundings; save(): void } {
  const outlines = new Outlines(workspaceRoot)
  const sources = openSources()
  const reads = new Map<string, string[]>()
  const preparationReads = (dataset: string) => {
    const known = reads.get(dataset) ?? [
      ...foreignImports(sources.reader, workspaceRoot, dataset),
      ...declaredInputs(workspaceRoot, dataset),
    ]
    reads.set(dataset, known)
    return known
  }
  return {
    surroundings: { workspaceRoot, outlines, present: presentKinds(), preparationReads },
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

/** Workspace-relative globs of the files that a data set declares, which may lie anywhere in the workspace. */
function declaredInputs(workspaceRoot: string, dataset: string): string[] {
  try {
    const { directory, inputs } = preparationDeclaration(workspaceRoot, dataset)
    return inputs.map((glob) => posix.join(directory, glob)).filter((glob) => !glob.startsWith('../'))
  } catch (error) {
    // Whoever prepares the data tells what is wrong with the file; the other projects are there all the same.
    if (!isUserError(error)) throw error
    return []
  }
}
