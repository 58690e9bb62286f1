import { datasetFolder, type Header } from '@blacksmith/config/header'
import type { Target } from '@blacksmith/store'

/** The sections of the configuration that a target sees; nothing else of it can shape its result. */
export const sectionsOf: Record<Target, string[]> = {
  'prepare-data': ['dataset'],
  train: ['dataset', 'model', 'training'],
  evaluate: ['dataset', 'model', 'evaluation'],
}

/** The section whose `path` names what a target reads of a person's own: their data, or the weights to begin with. */
export const ownIn: Record<Target, 'dataset' | 'model'> = {
  'prepare-data': 'dataset',
  train: 'model',
  evaluate: 'model',
}

/** The targets whose artifacts a target reads; they are also its dependencies in Nx. */
export const producers: Record<Target, Target[]> = {
  'prepare-data': [],
  train: ['prepare-data'],
  evaluate: ['train', 'prepare-data'],
}

/** The Python that a target runs, in the words of the trainer's request but for the workspace's root. */
export interface Entry {
  entry: { file: string } | { module: string }
  function: string
  /** Workspace-relative path of the file, for the import closure and for messages. */
  source: string
}

/** `prepare` of the data set's own module, or `train` and `evaluate` of the experiment's recipe. */
export function entryOf(workspaceRoot: string, target: Target, header: Header): Entry {
  if (target === 'prepare-data') {
    const { package: where, folder } = datasetFolder(workspaceRoot, header.dataset)
    return {
      entry: { module: `${where.name}.datasets.${header.dataset}.prepare` },
      function: 'prepare',
      source: `${folder}/prepare.py`,
    }
  }
  const source = `${header.directory}/recipe.py`
  return { entry: { file: source }, function: target, source }
}
