import { join } from 'node:path'
import { type GeneratorCallback, generateFiles, type Tree } from '@nx/devkit'
import { newFolder } from '../library'
import { checkPackageName, variableName } from '../names'
import { runTool } from '../run-tool'

export interface DatasetOptions {
  name?: string
}

/** Adds datasets/<name> to the workspace's package: parameters, a preparation with tests, a reader of its splits. */
export default function datasetGenerator(tree: Tree, options: DatasetOptions): GeneratorCallback {
  const name = checkPackageName(options.name)
  const { package: owner, folder } = newFolder(tree, `datasets/${name}`)
  generateFiles(tree, join(__dirname, 'files'), folder, {
    name,
    module: `${owner.name}.datasets.${name}`,
    variable: variableName(name),
    template: '',
  })
  // The stub of its parameters follows from schema.ts.
  return () => runTool(tree.root, 'blacksmith', ['schemas'])
}
