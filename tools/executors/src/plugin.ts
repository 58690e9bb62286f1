import type { CreateDependencies, CreateNodes, CreateNodesResultArray, PreTasksExecution } from '@nx/devkit'
import { refuseUnknownConfiguration } from './hooks/refuse-unknown-configuration'
import { pythonDependencies } from './inference/dependencies'
import { experimentProject } from './inference/experiment-project'
import { pythonProject, pythonProjectGlobs } from './inference/python-projects'
import { lookAround } from './inference/surroundings'

export const name = '@blacksmith/executors'

const experimentFile = 'experiment.yaml'

/** Infers a project for each experiment, and for each data set, model and Python package it can import. */
export const createNodes: CreateNodes = [
  `{experiments/*/*/${experimentFile},${pythonProjectGlobs.join(',')}}`,
  (files, _options, { workspaceRoot }): CreateNodesResultArray => {
    const { surroundings, save } = lookAround(workspaceRoot)
    const projects = files.map((file): CreateNodesResultArray[number] => {
      const project = file.endsWith(experimentFile)
        ? experimentProject(surroundings, file)
        : pythonProject(file)
      return [file, { projects: { [project.root]: project } }]
    })
    save()
    return projects
  },
]

export const createDependencies: CreateDependencies = (_options, context) => pythonDependencies(context)

/** Mistakes in a command line that Nx itself lets pass. */
export const preTasksExecution: PreTasksExecution = (_options, { workspaceRoot, argv }) =>
  // The first two are node and nx.
  refuseUnknownConfiguration(workspaceRoot, argv.slice(2))
