import { existsSync } from 'node:fs'
import { join, posix } from 'node:path'
import { knownOptions } from './known-options'

/** Where the parts of a workspace lie. All paths are relative to its root, with forward slashes. */
export interface WorkspaceLayout {
  /** The folder of `<framework>/<name>/experiment.yaml`. */
  experiments: string
  /** Where data sets and models are looked for, first to last. Blacksmith's own is among them: last, if installed. */
  packages: readonly PythonPackage[]
  /** The folders that Python searches after that of a recipe, first to last. */
  pythonRoots: readonly string[]
  /** The folders of `<environment>.txt`, first to last. */
  requirements: readonly string[]
  /** The one of `pythonRoots` in which the package `blacksmith` stands, the trainer's side of the protocol. */
  distribution: string
}

/** A Python package that holds data sets and models. */
export interface PythonPackage {
  /** By which it is imported. */
  name: string
  folder: string
}

/** The package that the trainer itself is in. */
const ownPackage = 'blacksmith'
/** Where it is in a workspace that does not hold its source. */
const installed = 'node_modules/@blacksmith/python'

/**
 * The layout of a workspace, as the plugin's options in nx.json say.
 *
 * @throws UserError for options that cannot be meant
 */
export function workspaceLayout(workspaceRoot: string): WorkspaceLayout {
  const options = knownOptions(workspaceRoot)
  const named = options.packages.map((folder) => ({ name: posix.basename(folder), folder }))
  const own = named.find(isOwn)
  const hasSource = own !== undefined && existsSync(join(workspaceRoot, own.folder))
  const packages = hasSource
    ? named
    : [...named.filter((each) => each !== own), { name: ownPackage, folder: `${installed}/${ownPackage}` }]
  const distribution = posix.dirname(packages.find(isOwn)?.folder ?? '')
  return {
    experiments: options.experiments,
    packages,
    pythonRoots: [...new Set(packages.map(({ folder }) => posix.dirname(folder)))],
    requirements: [...new Set([options.requirements, `${distribution}/requirements`])],
    distribution,
  }
}

/** Whether a path is that of an installed package: Nx does not see a change there, a draft does. */
export function isInstalled(path: string): boolean {
  return path.startsWith('node_modules/')
}

/** The folder of a data set, and the package that it is in: the first that has it, else where a new one would be. */
export function datasetFolder(workspaceRoot: string, dataset: string): LibraryFolder {
  const { packages } = workspaceLayout(workspaceRoot)
  const folders = packages.map((each) => ({ package: each, folder: `${each.folder}/datasets/${dataset}` }))
  const [first] = folders
  if (first === undefined) throw new Error('a layout has at least one package')
  return folders.find(({ folder }) => holdsDataset(join(workspaceRoot, folder))) ?? first
}

/** A data set or a model. */
export interface LibraryFolder {
  package: PythonPackage
  /** Workspace-relative. */
  folder: string
}

/** Of one that was taken away a folder may be left, with bytecode or what was made in it. */
function holdsDataset(folder: string): boolean {
  return ['schema.ts', '__init__.py'].some((file) => existsSync(join(folder, file)))
}

function isOwn({ name }: PythonPackage): boolean {
  return name === ownPackage
}
