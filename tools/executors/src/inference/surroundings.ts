import { join, posix, relative, sep } from 'node:path'
import {
  datasetFolder,
  isInstalled,
  isUserError,
  versionFileIn,
  workspaceLayout,
} from '@blacksmith/config/header'
import type { ImportReader } from '@blacksmith/identity/imports'
import { preparationDeclaration } from '@blacksmith/identity/preparation-declaration'
import { structureReads } from '@blacksmith/identity/structure-files'
import { kindsToHave } from '@blacksmith/launch/kinds-to-have'
import type { Surroundings } from './experiment-project'
import { Outlines } from './outline'
import { isPackageChain } from './python-projects'
import { openSources } from './python-sources'

/** Looks once at what all experiments of a graph have in common; `save` keeps what was parsed for the next graph. */
export function lookAround(workspaceRoot: string): { surroundings: Surroundings; save(): void } {
  const outlines = new Outlines(workspaceRoot)
  const sources = openSources()
  const reads = new Map<string, string[]>()
  const imports = new Map<string, string[]>()
  const preparationReads = (dataset: string) => {
    const known = reads.get(dataset) ?? [
      ...foreignImports(sources.reader, workspaceRoot, dataset),
      ...declaredInputs(workspaceRoot, dataset),
    ]
    reads.set(dataset, known)
    return known
  }
  return {
    surroundings: {
      workspaceRoot,
      layout: workspaceLayout(workspaceRoot),
      versionFile: versionFileIn(workspaceRoot),
      outlines,
      present: kindsToHave(workspaceRoot),
      preparationReads,
      structureReads: (directory) => structureReads(workspaceRoot, directory, imports),
    },
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
  const layout = workspaceLayout(workspaceRoot)
  const { folder } = datasetFolder(workspaceRoot, dataset)
  const { files } = reader.closure(
    [join(workspaceRoot, folder, 'prepare.py')],
    layout.pythonRoots.map((root) => join(workspaceRoot, root)),
  )
  return files
    .map(({ path }) => relative(workspaceRoot, path).split(sep).join('/'))
    .filter((file) => !file.startsWith(`${folder}/`) && !isPackageChain(layout, file) && !isInstalled(file))
}

/** Workspace-relative globs of the files that a data set declares, which may lie anywhere in the workspace. */
function declaredInputs(workspaceRoot: string, dataset: string): string[] {
  try {
    const { directory, inputs } = preparationDeclaration(workspaceRoot, dataset)
    return inputs.map((glob) => posix.join(directory, glob)).filter((glob) => !glob.startsWith('../'))
  } catch (error) {
    // Whoever prepares the data reports what is wrong with the file; the other projects are there all the same.
    if (!isUserError(error)) throw error
    return []
  }
}
