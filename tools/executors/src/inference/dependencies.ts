import { dirname, join, resolve } from 'node:path'
import { ImportReader, SourceCache } from '@blacksmith/trainer/imports'
import type { CreateDependenciesContext, DependencyType, RawProjectGraphDependency } from '@nx/devkit'

const pythonRoot = 'libs/python'

/** DependencyType.static, without loading devkit for it: that takes twice as long as all the rest of the plugin. */
const staticDependency = 'static' as DependencyType.static

/**
 * The edges of the project graph: from each Python file to the projects that its imports belong to. (An
 * experiment names its data set in its YAML; that edge is declared by its project.)
 */
export function pythonDependencies(context: CreateDependenciesContext): RawProjectGraphDependency[] {
  const ownerOf = ownerFinder(context)
  const cache = new SourceCache(cacheFile(context.workspaceRoot))
  const reader = new ImportReader(cache)
  const edges = Object.entries(context.filesToProcess.projectFileMap).flatMap(([source, files]) =>
    files
      .filter(({ file }) => file.endsWith('.py') && !file.endsWith('_test.py'))
      .flatMap(({ file }) => {
        const root = context.projects[source]?.root ?? ''
        const imported = importedFiles(reader, context.workspaceRoot, root, file)
        const targets = new Set(imported.map(ownerOf))
        return [...targets].flatMap((target) =>
          target === undefined || target === source
            ? []
            : [{ source, target, sourceFile: file, type: staticDependency }],
        )
      }),
  )
  cache.save()
  return edges
}

/** What each source imports is kept beside Nx's own caches: `nx reset` removes it, a cold graph finds it. */
function cacheFile(workspaceRoot: string): string {
  // Where Nx keeps them (its utils/cache-directory.ts); to load devkit for that would take longer than to parse.
  const folder = process.env.NX_WORKSPACE_DATA_DIRECTORY || '.nx/workspace-data'
  return resolve(workspaceRoot, folder, 'python-imports.json')
}

/** Absolute path → the project whose folder is the innermost one around it; most are asked for many times. */
function ownerFinder({ projects, workspaceRoot }: CreateDependenciesContext) {
  const names = new Map(Object.entries(projects).map(([name, { root }]) => [join(workspaceRoot, root), name]))
  const known = new Map<string, string | undefined>()
  return (file: string) => {
    if (known.has(file)) return known.get(file)
    let folder = dirname(file)
    while (folder.length > workspaceRoot.length && !names.has(folder)) folder = dirname(folder)
    const owner = folder.length > workspaceRoot.length ? names.get(folder) : undefined
    known.set(file, owner)
    return owner
  }
}

/** Absolute paths of the files that a file imports. */
function importedFiles(
  reader: ImportReader,
  workspaceRoot: string,
  projectRoot: string,
  file: string,
): string[] {
  // An experiment's own folder is searched first; the distribution's modules know each other by full names.
  const folders = file.startsWith(`${pythonRoot}/`) ? [pythonRoot] : [projectRoot, pythonRoot]
  // A mistake in an import is told by the target that runs it, not by every nx command.
  const roots = folders.map((folder) => join(workspaceRoot, folder))
  return reader.fileImports(join(workspaceRoot, file), roots).files
}
