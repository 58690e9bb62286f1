import { join } from 'node:path'
import { generateFiles, type Tree } from '@nx/devkit'
import { newFolder } from '../library'
import { checkPackageName, variableName } from '../names'

export interface DatasetOptions {
  name?: string
}

/** Adds datasets/<name> to the workspace's package: parameters, a preparation with tests, a reader of its splits. */
export default function datasetGenerator(tree: Tree, options: DatasetOptions): void {
  const name = checkPackageName(options.name)
  const { package: owner, folder } = newFolder(tree, `datasets/${name}`)
  generateFiles(tree, join(__dirname, 'files'), folder, {
    name,
    module: `${owner.name}.datasets.${name}`,
    variable: variableName(name),
    template: '',
  })
}
