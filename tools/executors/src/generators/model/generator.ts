import { join } from 'node:path'
import { generateFiles, type Tree } from '@nx/devkit'
import { checkFramework, modelsFolder, refuseTaken } from '../library'
import { checkPackageName, className, variableName } from '../names'

export interface ModelOptions {
  name?: string
  framework?: string
}

/** Adds libs/python/blacksmith/models/<framework>/<name>: a classifier with its parameters and a test. */
export default function modelGenerator(tree: Tree, options: ModelOptions): void {
  const name = checkPackageName(options.name)
  const framework = checkFramework(options.framework)
  const directory = `${modelsFolder}/${framework}/${name}`
  refuseTaken(tree, directory)
  const substitutions = { name, className: className(name), variable: variableName(name), template: '' }
  for (const folder of ['shared', framework]) {
    generateFiles(tree, join(__dirname, 'files', folder), directory, substitutions)
  }
}
