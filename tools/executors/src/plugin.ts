import { experimentFile, experimentFolders } from '@blacksmith/config/header'
import type { CreateDependencies, CreateNodes, CreateNodesResultArray, PreTasksExecution } from '@nx/devkit'
import { beganVariable } from './hooks/began'
import { readCommandLine } from './hooks/command-line'
import { outsideInputs, outsideVariable } from './hooks/outside-inputs'
import { refuseUnknownConfiguration } from './hooks/refuse-unknown-configuration'
import { pythonDependencies } from './inference/dependencies'
import { experimentProject } from './inference/experiment-project'
import { pythonProject, pythonProjectGlobs } from './inference/python-projects'
import { lookAround } from './inference/surroundings'

export const name = '@blacksmith/executors'

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

/** Refuses mistakes in a command line that Nx lets pass, and tells it what lies outside of what it watches. */
export const preTasksExecution: PreTasksExecution = (_options, { workspaceRoot, argv }) => {
  const experiments = experimentFolders(workspaceRoot)
  // The first two are node and nx.
  const commandLine = readCommandLine(argv.slice(2), new Set(experiments.keys()))
  refuseUnknownConfiguration(workspaceRoot, commandLine, experiments)
  tell(beganVariable, String(Date.now()))
  tell(outsideVariable, outsideInputs(workspaceRoot, commandLine, experiments))
}

/**
 * Sets a variable for the command: Nx carries what a hook sets to where tasks are hashed and run, also from its
 * daemon. There it must not stay, or the next command would find another environment and make the graph anew.
 */
function tell(variable: string, value: string): void {
  process.env[variable] = value
  if (process.env.NX_DAEMON_PROCESS === 'true') delete process.env[variable]
}
