import { join } from 'node:path'
import { generateFiles, type Tree } from '@nx/devkit'
import { datasetsFolder, refuseTaken } from '../library'
import { checkPackageName, variableName } from '../names'

export interface DatasetOptions {
  name?: string
}

/** Adds libs/python/blacksmith/datasets/<name>: parameters, a preparation with tests, a reader of its splits. */
export default function datasetGenerator(tree: Tree, options: DatasetOptions): void {
  const name = checkPackageName(options.name)
  const directory = `${datasetsFolder}/${name}`
  refuseTaken(tree, directory)
  generateFiles(tree, join(__dirname, 'files'), directory, {
    name,
    variable: variableName(name),
    template: '',
  })
}
