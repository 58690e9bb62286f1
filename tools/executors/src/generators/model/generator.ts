import { generateFiles, type Tree } from '@nx/devkit'
import { newFolder, skeleton } from '../library'
import { checkPackageName, className, variableName } from '../names'

export interface ModelOptions {
  name?: string
  framework?: string
}

/** Adds models/<framework>/<name> to the workspace's package: a classifier with its parameters and a test. */
export default function modelGenerator(tree: Tree, options: ModelOptions): void {
  const name = checkPackageName(options.name)
  const { framework, folders } = skeleton(tree, 'model', options.framework)
  const { package: owner, folder } = newFolder(tree, `models/${framework}/${name}`)
  const substitutions = {
    name,
    parent: `${owner.name}.models.${framework}`,
    className: className(name),
    variable: variableName(name),
    template: '',
  }
  for (const templates of folders) generateFiles(tree, templates, folder, substitutions)
}
