import { join, relative, sep } from 'node:path'
import { fileImports } from '@blacksmith/trainer/imports'
import type { CreateDependenciesContext, DependencyType, RawProjectGraphDependency } from '@nx/devkit'

const pythonRoot = 'libs/python'

/** DependencyType.static, without loading devkit for it: that takes twice as long as all the rest of the plugin. */
const staticDependency = 'static' as DependencyType.static

/**
 * The edges of the project graph: from each Python file to the projects that its imports belong to. (An
 * experiment names its data set in its YAML; that edge is declared by its project.)
 */
export function pythonDependencies(context: CreateDependenciesContext): RawProjectGraphDependency[] {
  const owners = Object.entries(context.projects)
    .map(([name, { root }]) => ({ name, prefix: `${root}/` }))
    .sort((a, b) => b.prefix.length - a.prefix.length)
  const ownerOf = (file: string) => owners.find(({ prefix }) => file.startsWith(prefix))?.name

  return Object.entries(context.filesToProcess.projectFileMap).flatMap(([source, files]) =>
    files
      .filter(({ file }) => file.endsWith('.py') && !file.endsWith('_test.py'))
      .flatMap(({ file }) => {
        const root = context.projects[source]?.root ?? ''
        const targets = new Set(importedFiles(context.workspaceRoot, root, file).map(ownerOf))
        return [...targets].flatMap((target) =>
          target === undefined || target === source
            ? []
            : [{ source, target, sourceFile: file, type: staticDependency }],
        )
      }),
  )
}

/** Workspace-relative paths of the files that a file imports. */
function importedFiles(workspaceRoot: string, projectRoot: string, file: string): string[] {
  const roots = [join(workspaceRoot, projectRoot), join(workspaceRoot, pythonRoot)]
  // A mistake in an import is told by the target that runs it, not by every nx command.
  const { files } = fileImports(join(workspaceRoot, file), roots)
  return files.map((imported) => relative(workspaceRoot, imported).split(sep).join('/'))
}
