import { posix } from 'node:path'
import type { ProjectConfiguration } from '@nx/devkit'

const packageRoot = 'libs/python/blacksmith'

/** The file that marks the trainer's side of the protocol. */
export const trainingPackage = `${packageRoot}/training/__init__.py`

/** The files that mark a folder of the Python distribution as a project of its own. */
export const pythonProjectGlobs = [
  `${packageRoot}/{training,backends}/__init__.py`,
  `${packageRoot}/datasets/*/schema.ts`,
  `${packageRoot}/models/*/*/schema.ts`,
]

/**
 * Files of the distribution that belong to no project but are imported on the way to one:
 * `blacksmith/__init__.py`, `blacksmith/models/lightning/__init__.py`, …
 */
export const packageChainInputs = ['*.py', 'datasets/*.py', 'models/*.py', 'models/*/*.py'].map(
  (glob) => `{workspaceRoot}/${packageRoot}/${glob}`,
)

/** Whether a file, workspace-relative, is one of {@link packageChainInputs}. */
export function isPackageChain(file: string): boolean {
  return /^(\w+|datasets\/\w+|models\/\w+|models\/\w+\/\w+)\.py$/.test(posix.relative(packageRoot, file))
}

/**
 * A project without targets: the graph links experiments to it by their imports, so that a change inside it
 * selects just the experiments that use it.
 *
 * @param markerFile workspace-relative path of a file that {@link pythonProjectGlobs} found
 */
export function pythonProject(markerFile: string): ProjectConfiguration & { name: string } {
  const root = posix.dirname(markerFile)
  return { name: projectName(root), root, sourceRoot: root, projectType: 'library', targets: {} }
}

/** `datasets/mnist` → `dataset-mnist`, `models/jax/mlp` → `model-jax-mlp`, `training` → `python-training`. */
function projectName(root: string): string {
  const [area = '', ...rest] = root.slice(packageRoot.length + 1).split('/')
  if (area === 'datasets') return ['dataset', ...rest].join('-')
  if (area === 'models') return ['model', ...rest].join('-')
  return `python-${area}`
}

/** Workspace-relative folder of a data set. */
export function datasetRoot(dataset: string): string {
  return `${packageRoot}/datasets/${dataset}`
}

/** The name of a data set's project. */
export function datasetProject(dataset: string): string {
  return projectName(datasetRoot(dataset))
}
