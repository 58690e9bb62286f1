import { workspaceLayout } from '@blacksmith/config/header'
import { type GeneratorCallback, generateFiles, type Tree } from '@nx/devkit'
import { classifier, labelledDataset, refuseTaken, skeleton } from '../library'
import { checkExperimentName } from '../names'
import { requireDefaults } from '../require-defaults'
import { runTool } from '../run-tool'

export interface ExperimentOptions {
  name?: string
  framework?: string
  model?: string
  dataset?: string
}

/** Adds <framework>/<name> to the workspace's experiments: a recipe that trains at once, its structure, its tests. */
export default function experimentGenerator(tree: Tree, options: ExperimentOptions): GeneratorCallback {
  const name = checkExperimentName(options.name)
  const { framework, folders } = skeleton(tree, 'experiment', options.framework)
  const directory = `${workspaceLayout(tree.root).experiments}/${framework}/${name}`
  const model = classifier(tree, framework, options.model, directory)
  const dataset = labelledDataset(tree, options.dataset, directory)
  refuseTaken(tree, directory)
  const project = `${framework}-${name}`
  requireDefaults(tree, model.folder, model.structure)
  const substitutions = {
    project,
    framework,
    model,
    dataset,
    module: project.replaceAll('-', '_'),
    template: '',
  }
  for (const templates of folders) generateFiles(tree, templates, directory, substitutions)
  return () => afterwards(tree.root, project, directory)
}

/** What can be done only with the files on the disk: schemas and stub follow from config.ts. */
function afterwards(workspaceRoot: string, project: string, directory: string): void {
  runTool(workspaceRoot, 'blacksmith', ['schemas'])
  runTool(workspaceRoot, 'biome', ['check', '--write', '--log-level=error', directory])
  console.log(`\nTrain and measure it:  npx nx run ${project}:evaluate`)
}
