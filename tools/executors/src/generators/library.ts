import { existsSync, readdirSync } from 'node:fs'
import { join, posix } from 'node:path'
import { hint, isInstalled, type LibraryFolder, UserError, workspaceLayout } from '@blacksmith/config/header'
import type { Tree } from '@nx/devkit'

/** What skeletons are made of: the folder of a package's own ones, and ours for what all frameworks share. */
export interface Skeleton {
  framework: string
  /** Absolute folders of templates; a later one's files take the place of an earlier one's. */
  folders: string[]
}

/**
 * The skeleton of an experiment or a model: ours, or one that a Python package of the workspace brings in
 * `skeletons/<framework>/{experiment,model}`.
 *
 * @throws UserError for a framework that there is no skeleton for, with the nearest that there is one for
 */
export function skeleton(tree: Tree, kind: 'experiment' | 'model', framework: string | undefined): Skeleton {
  const ours = join(__dirname, kind, 'files')
  const known = new Map(
    names(ours)
      .filter((name) => name !== 'shared')
      .map((name) => [name, join(ours, name)]),
  )
  for (const { folder } of workspaceLayout(tree.root).packages) {
    const own = join(tree.root, folder, 'skeletons')
    for (const name of names(own)) {
      if (existsSync(join(own, name, kind))) known.set(name, join(own, name, kind))
    }
  }
  const found = framework === undefined ? undefined : known.get(framework)
  if (framework && found) return { framework, folders: [join(ours, 'shared'), found] }
  throw missingOrUnknown('--framework', framework, 'there is no skeleton for the framework', [
    ...known.keys(),
  ])
}

function names(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder).sort() : []
}

/**
 * Where a new data set or model goes: into the workspace's first package.
 *
 * @param inside the path in the package
 * @throws UserError where it is there already, and where the workspace has no package of its own
 */
export function newFolder(tree: Tree, inside: string): LibraryFolder {
  const [first] = workspaceLayout(tree.root).packages
  if (first === undefined || isInstalled(first.folder)) {
    throw new UserError({
      file: 'nx.json',
      message: 'names no Python package of this workspace that it could go into',
      remedy: 'npx nx g @blacksmith/executors:init --package=<name>',
    })
  }
  const folder = `${first.folder}/${inside}`
  refuseTaken(tree, folder)
  return { package: first, folder }
}

/** The first of a workspace's packages that has something with parameters there. */
function libraryFolder(tree: Tree, inside: string): LibraryFolder | undefined {
  const folders = workspaceLayout(tree.root).packages.map((each) => ({
    package: each,
    folder: `${each.folder}/${inside}`,
  }))
  return folders.find(({ folder }) => tree.exists(`${folder}/schema.ts`))
}

/** How an experiment's config.ts imports the parameters of a data set or a model. */
function schemaImport({ folder }: LibraryFolder, directory: string): string {
  if (isInstalled(folder)) return `${folder.replace(/^node_modules\//, '')}/schema`
  return posix.relative(directory, `${folder}/schema`)
}

/** What a recipe has to know of a data set of labelled samples. */
export interface LabelledDataset {
  name: string
  /** The name that its schema.ts exports. */
  structure: string
  /** What config.ts imports that from. */
  schema: string
  /** As Python imports it. */
  module: string
  /** Whether its splits come in variants, as MNIST's do. */
  hasVariants: boolean
}

/**
 * A data set whose splits.py gives samples as vectors with labels: the two facts that a classifier needs.
 *
 * @throws UserError when there is no such data set, or it is of another kind
 */
export function labelledDataset(tree: Tree, name: string | undefined, directory: string): LabelledDataset {
  const library = libraryFolder(tree, `datasets/${name}`)
  if (!name || !library) {
    const names = packages(tree, 'datasets')
    throw missingOrUnknown(
      '--dataset',
      name,
      'there is no data set',
      names,
      'npx nx g @blacksmith/executors:dataset',
    )
  }
  const { folder } = library
  const splits = read(tree, `${folder}/splits.py`)
  const loader = splits.match(/def load_split\(folder: Path, name: str(, variant: str)?\)/)
  if (!loader || !/def standardised\(/.test(splits)) {
    throw new UserError({
      flag: '--dataset',
      message: `${name} does not give samples with labels, which a classifier is trained on`,
      remedy: `give ${folder}/splits.py a load_split(folder, name) as mnist's, or start from a copy of an experiment on ${name}`,
    })
  }
  return {
    name,
    structure: exportedName(tree, folder),
    schema: schemaImport(library, directory),
    module: `${library.package.name}.datasets.${name}`,
    hasVariants: loader[1] !== undefined,
  }
}

/** What a recipe has to know of a classifier. */
export interface Classifier {
  name: string
  /** The folder of its parameters, workspace-relative. */
  folder: string
  structure: string
  schema: string
  /** The package that Python imports it from. */
  parent: string
  /** Of a model that is a class its name; else none. */
  class: string
}

/**
 * A model that can be made from the number of inputs and classes.
 *
 * @throws UserError when there is no such model of the framework, or it is made from something else
 */
export function classifier(
  tree: Tree,
  framework: string,
  name: string | undefined,
  directory: string,
): Classifier {
  const library = libraryFolder(tree, `models/${framework}/${name}`)
  if (!name || !library) {
    const names = packages(tree, `models/${framework}`)
    const generator = `npx nx g @blacksmith/executors:model --framework=${framework}`
    throw missingOrUnknown('--model', name, `there is no ${framework} model`, names, generator)
  }
  const { folder } = library
  const source = read(tree, `${folder}/__init__.py`)
  const made = classOf(source) ?? functionsOf(source)
  if (made) {
    const structure = exportedName(tree, folder)
    const parent = `${library.package.name}.models.${framework}`
    return { name, folder, structure, schema: schemaImport(library, directory), parent, ...made }
  }
  throw new UserError({
    flag: '--model',
    message: `${name} is not made from a number of inputs and a number of classes, as a classifier is`,
    remedy: `let ${folder}/__init__.py take inputs and classes as mlp's does, or start from a copy of an experiment with ${name}`,
  })
}

/** A class that is made from both. */
function classOf(source: string): Pick<Classifier, 'class'> | undefined {
  const classes = source.split(/^class /m).slice(1)
  const fits = classes.find((text) => takes(signature(text, '__init__'), 'inputs', 'classes'))
  const name = fits?.match(/^\w+/)?.[0]
  return name === undefined ? undefined : { class: name }
}

/** Functions that make its parameters and apply them. */
function functionsOf(source: string): Pick<Classifier, 'class'> | undefined {
  const [init, apply] = [signature(source, 'init'), signature(source, 'apply')]
  return takes(init, 'key', 'inputs', 'classes') && apply.length > 0 ? { class: '' } : undefined
}

/** Names of a Python function's parameters. */
function signature(source: string, name: string): string[] {
  const list = source.match(new RegExp(`def ${name}\\(([^)]*)\\)`))?.[1] ?? ''
  return [...list.matchAll(/(\w+)\s*:/g)].map(([, parameter = '']) => parameter)
}

function takes(parameters: string[], ...names: string[]): boolean {
  return names.every((name) => parameters.includes(name))
}

function exportedName(tree: Tree, folder: string): string {
  const name = read(tree, `${folder}/schema.ts`).match(/export const (\w+)/)?.[1]
  if (name) return name
  throw new UserError({
    file: `${folder}/schema.ts`,
    message: 'exports no structure',
    remedy: 'export const … = z.object({ … })',
  })
}

function packages(tree: Tree, inside: string): string[] {
  const folders = workspaceLayout(tree.root).packages.map(({ folder }) => `${folder}/${inside}`)
  return folders.flatMap((folder) =>
    tree.children(folder).filter((name) => tree.exists(`${folder}/${name}/schema.ts`)),
  )
}

function read(tree: Tree, file: string): string {
  return tree.exists(file) ? (tree.read(file, 'utf8') ?? '') : ''
}

function missingOrUnknown(
  flag: string,
  given: string | undefined,
  unknown: string,
  names: string[],
  generator?: string,
): UserError {
  const make = generator === undefined ? '' : `; a new one: ${generator} <name>`
  if (!given)
    return new UserError({ flag, message: 'is missing', remedy: `there are: ${names.join(', ')}${make}` })
  return new UserError({
    flag,
    message: `${unknown} ${given}`,
    remedy: hint(given, names, 'there are') + make,
  })
}

/** @throws UserError when something stands where the new folder is to come */
export function refuseTaken(tree: Tree, folder: string): void {
  if (!tree.exists(folder) && tree.children(folder).length === 0) return
  throw new UserError({
    file: folder,
    message: 'is there already',
    remedy: 'use another name, or remove it first',
  })
}
