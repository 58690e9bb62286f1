import { hint, UserError } from '@blacksmith/config/header'
import type { Tree } from '@nx/devkit'

export const datasetsFolder = 'libs/python/blacksmith/datasets'
export const modelsFolder = 'libs/python/blacksmith/models'

/** The frameworks that a skeleton can be made for. */
const frameworks = ['jax', 'lightning', 'torch'] as const
export type Framework = (typeof frameworks)[number]

/** @throws UserError for a framework that there is no skeleton for, with the nearest that there is one for */
export function checkFramework(framework: string | undefined): Framework {
  const known = frameworks.find((one) => one === framework)
  if (known) return known
  throw missingOrUnknown('--framework', framework, 'there is no skeleton for the framework', [...frameworks])
}

/** What a recipe has to know of a data set of labelled samples. */
export interface LabelledDataset {
  name: string
  /** The name that its schema.ts exports. */
  structure: string
  /** Whether its splits come in variants, as MNIST's do. */
  hasVariants: boolean
}

/**
 * A data set whose splits.py gives samples as vectors with labels: the two facts that a classifier needs.
 *
 * @throws UserError when there is no such data set, or it is of another kind
 */
export function labelledDataset(tree: Tree, name: string | undefined): LabelledDataset {
  const folder = `${datasetsFolder}/${name}`
  if (!name || !tree.exists(`${folder}/schema.ts`)) {
    const names = packages(tree, datasetsFolder)
    throw missingOrUnknown(
      '--dataset',
      name,
      'there is no data set',
      names,
      'npx nx g @blacksmith/executors:dataset',
    )
  }
  const splits = read(tree, `${folder}/splits.py`)
  const loader = splits.match(/def load_split\(folder: Path, name: str(, variant: str)?\)/)
  if (!loader || !/def standardised\(/.test(splits)) {
    throw new UserError({
      flag: '--dataset',
      message: `${name} does not give samples with labels, which a classifier is trained on`,
      remedy: `give ${folder}/splits.py a load_split(folder, name) as mnist's, or start from a copy of an experiment on ${name}`,
    })
  }
  return { name, structure: exportedName(tree, folder), hasVariants: loader[1] !== undefined }
}

/** What a recipe has to know of a classifier. */
export interface Classifier {
  name: string
  structure: string
  /** Lightning and PyTorch: the class; JAX: none. */
  class: string
}

/**
 * A model that can be made from the number of inputs and classes.
 *
 * @throws UserError when there is no such model of the framework, or it is made from something else
 */
export function classifier(tree: Tree, framework: Framework, name: string | undefined): Classifier {
  const folder = `${modelsFolder}/${framework}/${name}`
  if (!name || !tree.exists(`${folder}/schema.ts`)) {
    const names = packages(tree, `${modelsFolder}/${framework}`)
    const generator = `npx nx g @blacksmith/executors:model --framework=${framework}`
    throw missingOrUnknown('--model', name, `there is no ${framework} model`, names, generator)
  }
  const source = read(tree, `${folder}/__init__.py`)
  const made = framework === 'jax' ? jaxFunctions(source) : torchClass(source)
  if (made) return { name, structure: exportedName(tree, folder), ...made }
  throw new UserError({
    flag: '--model',
    message: `${name} is not made from a number of inputs and a number of classes, as a classifier is`,
    remedy: `let ${folder}/__init__.py take inputs and classes as mlp's does, or start from a copy of an experiment with ${name}`,
  })
}

function torchClass(source: string): Pick<Classifier, 'class'> | undefined {
  const classes = source.split(/^class /m).slice(1)
  const fits = classes.find((text) => takes(signature(text, '__init__'), 'inputs', 'classes'))
  const name = fits?.match(/^(\w+)\(/)?.[1]
  return name === undefined ? undefined : { class: name }
}

function jaxFunctions(source: string): Pick<Classifier, 'class'> | undefined {
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

function packages(tree: Tree, folder: string): string[] {
  return tree.children(folder).filter((name) => tree.exists(`${folder}/${name}/schema.ts`))
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
