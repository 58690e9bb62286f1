import { posix } from 'node:path'
import { pythonRoot } from '@blacksmith/identity/entry'
import type { ProjectConfiguration } from '@nx/devkit'

const packageRoot = `${pythonRoot}/blacksmith`

/** The folder of the trainer's side of the protocol. */
export const trainingRoot = `${packageRoot}/training`

/** Every file that can be imported, or that makes a folder a data set's or a model's. */
export const pythonGlobs = [`${pythonRoot}/**/*.py`, `${packageRoot}/{datasets/*,models/*/*}/schema.ts`]

/**
 * Files that belong to no project but may be imported on the way to one, or by their plain names:
 * `blacksmith/__init__.py`, `blacksmith/models/lightning/__init__.py`, a module beside the packages.
 */
export const packageChainInputs = [
  `${pythonRoot}/*.py`,
  ...['*.py', 'datasets/*.py', 'models/*.py', 'models/*/*.py'].map((glob) => `${packageRoot}/${glob}`),
].map((glob) => `{workspaceRoot}/${glob}`)

/** Whether a file, workspace-relative, is one of {@link packageChainInputs}. */
export function isPackageChain(file: string): boolean {
  return projectRootOf(file) === undefined
}

/**
 * The folder of the project that a file of the Python distribution belongs to, so that the graph links all that can be
 * imported: of a data set, a model, or else the folder below the distribution's root or below the package.
 *
 * @param file workspace-relative path of a file that {@link pythonGlobs} match
 * @returns undefined for a file that stands between them
 */
export function projectRootOf(file: string): string | undefined {
  const inPackage = file.startsWith(`${packageRoot}/`)
  const base = inPackage ? packageRoot : pythonRoot
  const steps = posix.dirname(file.slice(base.length + 1)).split('/')
  const depth = inPackage ? ({ datasets: 2, models: 3 }[steps[0] ?? ''] ?? 1) : 1
  if (steps[0] === '.' || steps.length < depth) return undefined
  return posix.join(base, ...steps.slice(0, depth))
}

/** A project without targets: the graph links experiments to it by their imports. */
export function pythonProject(root: string): ProjectConfiguration & { name: string } {
  return { name: projectName(root), root, sourceRoot: root, projectType: 'library', targets: {} }
}

/** `datasets/mnist` → `dataset-mnist`, `models/jax/mlp` → `model-jax-mlp`, `training` → `python-training`. */
function projectName(root: string): string {
  if (!root.startsWith(`${packageRoot}/`)) return `python-package-${posix.basename(root)}`
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
