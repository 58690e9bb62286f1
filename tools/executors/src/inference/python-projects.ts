import { posix } from 'node:path'
import { isInstalled, type WorkspaceLayout } from '@blacksmith/config/header'
import type { ProjectConfiguration } from '@nx/devkit'

/**
 * Every file that may be imported, that makes a folder a data set's or a model's, or that says what an experiment's
 * parameters are made from. Nx wants the globs before it says
 * which workspace it is about, so they match everywhere; {@link projectRootOf} says what a file is.
 */
export const pythonGlobs = ['**/*.py', '**/{schema,config}.ts']

/** The workspace-relative folder of the trainer's side of the protocol. */
export function trainingRoot({ distribution }: WorkspaceLayout): string {
  return `${distribution}/blacksmith/training`
}

/**
 * Files that belong to no project but may be imported on the way to one, or by their plain names:
 * `blacksmith/__init__.py`, `blacksmith/models/lightning/__init__.py`, a module beside the packages, parameters that
 * several models have.
 */
export function packageChainInputs({ packages, pythonRoots }: WorkspaceLayout): string[] {
  const globs = [
    ...pythonRoots.map((root) => `${root}/*.py`),
    ...packages.flatMap(({ folder }) =>
      ['', 'datasets/', 'models/', 'models/*/'].flatMap((inside) =>
        ['py', 'ts'].map((ending) => `${folder}/${inside}*.${ending}`),
      ),
    ),
  ]
  return globs.filter((glob) => !isInstalled(glob)).map((glob) => `{workspaceRoot}/${glob}`)
}

/** Whether a Python file of the layout, workspace-relative, is one of {@link packageChainInputs}. */
export function isPackageChain(layout: WorkspaceLayout, file: string): boolean {
  return projectRootOf(layout, file) === undefined
}

/**
 * The folder of the project that a file below a Python root belongs to, so that the graph links all that can be
 * imported: of a data set, a model, or else the folder below the root or below the package.
 *
 * @param file workspace-relative path
 * @returns undefined for a file that stands between them, and for one that is elsewhere
 */
export function projectRootOf(layout: WorkspaceLayout, file: string): string | undefined {
  const inside = layout.packages.find(({ folder }) => file.startsWith(`${folder}/`))
  const base = inside?.folder ?? layout.pythonRoots.find((root) => file.startsWith(`${root}/`))
  if (base === undefined || isInstalled(base)) return undefined
  const steps = posix.dirname(file.slice(base.length + 1)).split('/')
  const depth = inside ? ({ datasets: 2, models: 3 }[steps[0] ?? ''] ?? 1) : 1
  if (steps[0] === '.' || steps.length < depth) return undefined
  return posix.join(base, ...steps.slice(0, depth))
}

/** A project without targets: the graph links experiments to it by their imports. */
export function pythonProject(
  layout: WorkspaceLayout,
  root: string,
): ProjectConfiguration & { name: string } {
  const name = projectName(layout, root)
  return { name, root, sourceRoot: root, projectType: 'library', namedInputs, targets: {} }
}

/** What of a project shapes the results of those that depend on it; Nx takes all files of any other project. */
const namedInputs = {
  default: [
    '{projectRoot}/**/*',
    '!{projectRoot}/**/README.md',
    '!{projectRoot}/**/*_test.py',
    '!{projectRoot}/**/*.test.ts',
  ],
}

/**
 * `datasets/mnist` → `dataset-mnist`, `models/jax/mlp` → `model-jax-mlp`, `training` → `python-training`. Of several
 * packages those after the first have their names in it.
 */
function projectName({ packages }: WorkspaceLayout, root: string): string {
  const inside = packages.find(({ folder }) => root.startsWith(`${folder}/`))
  if (inside === undefined) return `python-package-${posix.basename(root)}`
  const [area = '', ...rest] = root.slice(inside.folder.length + 1).split('/')
  const owner = inside === packages[0] ? [] : [inside.name]
  if (area === 'datasets') return ['dataset', ...owner, ...rest].join('-')
  if (area === 'models') return ['model', ...owner, ...rest].join('-')
  return ['python', ...owner, area].join('-')
}
