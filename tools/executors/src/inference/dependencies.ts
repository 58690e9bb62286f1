import { realpathSync } from 'node:fs'
import { join, posix } from 'node:path'
import { workspaceLayout } from '@blacksmith/config/header'
import type { ImportReader } from '@blacksmith/identity/imports'
import { typescriptImports } from '@blacksmith/identity/typescript-imports'
import type { CreateDependenciesContext, DependencyType, RawProjectGraphDependency } from '@nx/devkit'
import { openSources } from './python-sources'

/** DependencyType.static, without loading devkit for it: that takes twice as long as all the rest of the plugin. */
const staticDependency = 'static' as DependencyType.static

/**
 * The edges of the project graph: from each Python file, and each TypeScript file of parameters, to the projects that
 * its imports belong to. (An experiment names its data set in its YAML; that edge is declared by its project.)
 */
export function importDependencies(context: CreateDependenciesContext): RawProjectGraphDependency[] {
  const { reader, save } = openSources()
  const { pythonRoots, packages, experiments } = workspaceLayout(context.workspaceRoot)
  const parameters = [experiments, ...packages.map(({ folder }) => folder)]
  const owners = new Map(Object.entries(context.projects).map(([name, { root }]) => [root, name]))

  const edges = Object.entries(context.filesToProcess.projectFileMap).flatMap(([source, files]) =>
    files
      .filter(({ file }) => isPython(file) || isParameters(file, parameters))
      .flatMap(({ file }) => {
        const root = context.projects[source]?.root ?? ''
        const imported = isPython(file)
          ? importedFiles(reader, context.workspaceRoot, [root, ...pythonRoots], file)
          : inWorkspace(typescriptImports(join(context.workspaceRoot, file)), context.workspaceRoot)
        const targets = new Set(imported.map((each) => ownerOf(each, owners)))
        return [...targets].flatMap((target) =>
          target === undefined || target === source
            ? []
            : [{ source, target, sourceFile: file, type: staticDependency }],
        )
      }),
  )
  save()
  return edges
}

function isPython(file: string): boolean {
  return file.endsWith('.py') && !file.endsWith('_test.py')
}

function isParameters(file: string, folders: readonly string[]): boolean {
  return /(?<!\.test|\.d)\.ts$/.test(file) && folders.some((folder) => file.startsWith(`${folder}/`))
}

/** The project that a file belongs to: that of the innermost folder around it which is one. */
function ownerOf(file: string, owners: Map<string, string>): string | undefined {
  for (let folder = posix.dirname(file); folder !== '.'; folder = posix.dirname(folder)) {
    const owner = owners.get(folder)
    if (owner !== undefined) return owner
  }
  return undefined
}

/** Workspace-relative paths of the files that a file imports. */
function importedFiles(
  reader: ImportReader,
  workspaceRoot: string,
  searched: readonly string[],
  file: string,
): string[] {
  const roots = searched.map((root) => join(workspaceRoot, root))
  // A mistake in an import is reported by the target that runs it, not by every nx command.
  const { files } = reader.fileImports(join(workspaceRoot, file), roots)
  // What is behind a link is where a change of it is seen. All lie below the roots, or in other projects: `relative`
  // for each of them is a tenth of the time that a graph takes.
  const real = files
    .filter((imported) => imported.startsWith(roots[0] ?? ''))
    .map((imported) => realOf(imported))
  return inWorkspace([...files, ...real], workspaceRoot)
}

function inWorkspace(files: readonly string[], workspaceRoot: string): string[] {
  return files
    .filter((file) => file.startsWith(`${workspaceRoot}/`))
    .map((file) => file.slice(workspaceRoot.length + 1))
}

function realOf(file: string): string {
  try {
    return realpathSync(file)
  } catch {
    return file
  }
}
