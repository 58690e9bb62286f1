import { posix } from 'node:path'
import {
  askStoreVariable,
  experimentFile,
  experimentFolders,
  nxCacheIsOff,
  pluginName,
  refuseBadSettings,
  setting,
  type WorkspaceLayout,
} from '@blacksmith/config/header'
import type { Target } from '@blacksmith/store'
import type {
  CreateDependencies,
  CreateNodes,
  CreateNodesResultArray,
  PostTasksExecution,
  PreTasksExecution,
  ProjectConfiguration,
} from '@nx/devkit'
import { readCommandLine } from './hooks/command-line'
import { type Drafts, draftsVariable, writeDrafts } from './hooks/draft-files'
import { refuseBareParameters } from './hooks/refuse-bare-parameters'
import { refuseUnknownConfiguration, targetsOfExperiments } from './hooks/refuse-unknown-configuration'
import { importDependencies } from './inference/dependencies'
import { experimentProject } from './inference/experiment-project'
import { projectRootOf, pythonGlobs, pythonProject } from './inference/python-projects'
import { lookAround } from './inference/surroundings'

export const name = pluginName

/** Infers a project for each experiment, and for each data set, model and Python package it can import. */
export const createNodes: CreateNodes = [
  `{**/${experimentFile},${pythonGlobs.join(',')}}`,
  (files, _options, { workspaceRoot }): CreateNodesResultArray => {
    const { surroundings, save } = lookAround(workspaceRoot)
    const { layout } = surroundings
    const projects = files.flatMap((file): CreateNodesResultArray => {
      if (isExperiment(layout, file)) return [nodeOf(file, experimentProject(surroundings, file))]
      const root = projectRootOf(layout, file)
      return root === undefined ? [] : [nodeOf(file, pythonProject(layout, root))]
    })
    save()
    return projects
  },
]

/** Whether a file makes the folder around it an experiment. */
function isExperiment({ experiments }: WorkspaceLayout, file: string): boolean {
  return (
    posix.basename(file) === experimentFile &&
    posix.dirname(posix.dirname(posix.dirname(file))) === experiments
  )
}

function nodeOf(file: string, project: ProjectConfiguration): CreateNodesResultArray[number] {
  return [file, { projects: { [project.root]: project } }]
}

export const createDependencies: CreateDependencies = (_options, context) => importDependencies(context)

/** From the end of a trainer's grace until its executor has said what happened and has ended. */
const secondsAfterGrace = 15

/** Of the commands that are going on, by Nx's id: the daemon serves several. */
const draftsOfCommands = new Map<string, Drafts>()

/**
 * Refuses mistakes in a command line that Nx lets pass, and passes to it what shapes the results. Where flags do, Nx is not
 * asked: it keeps outputs by their place, and the store knows results by what they are.
 */
export const preTasksExecution: PreTasksExecution = async (_options, { id, workspaceRoot, argv }) => {
  refuseBadSettings()
  leaveTimeToStop()
  const experiments = experimentFolders(workspaceRoot)
  // The first two are node and nx.
  const words = argv.slice(2)
  const commandLine = readCommandLine(words, new Set(experiments.keys()))
  refuseUnknownConfiguration(workspaceRoot, commandLine, experiments)
  refuseBareParameters(workspaceRoot, words, commandLine, experiments)
  if (commandLine.flagged) {
    if (!commandLine.fresh && !nxCacheIsOff(process.env)) setVariable(askStoreVariable, '1')
    setVariable('NX_SKIP_NX_CACHE', 'true')
    return
  }
  // Loaded by commands that run something: it brings the structures of configurations with it.
  const { readDrafts } = require('./hooks/read-drafts') as typeof import('./hooks/read-drafts')
  const drafts = await readDrafts(workspaceRoot, commandLine, experiments)
  draftsOfCommands.set(id, drafts)
  try {
    setVariable(draftsVariable, writeDrafts(workspaceRoot, drafts))
  } catch (error) {
    // Where Nx neither answers nor keeps anything its folder may be read-only.
    if (!commandLine.fresh && !nxCacheIsOff(process.env)) throw error
  }
}

/** What Nx has put in place must be what was sealed, for what the workspace holds. */
export const postTasksExecution: PostTasksExecution = async (
  _options,
  { id, workspaceRoot, taskResults },
) => {
  const drafts = draftsOfCommands.get(id) ?? {}
  draftsOfCommands.delete(id)
  const experiments = experimentFolders(workspaceRoot)
  const restored = Object.values(taskResults).filter(
    ({ status, task }) => /^(local|remote)-cache/.test(status) && isOurs(task.target, experiments),
  )
  if (restored.length === 0) return
  const { verifyRestored } = require('./hooks/verify-restored') as typeof import('./hooks/verify-restored')
  const { readDraft } = require('./hooks/read-drafts') as typeof import('./hooks/read-drafts')
  await verifyRestored(
    workspaceRoot,
    restored.map(({ task }) => task),
    async (project, target) =>
      drafts[`${project}:${target}`] ??
      readDraft(workspaceRoot, experiments.get(project) ?? '', target as Target),
  )
}

/** People may give an experiment's project targets of their own. */
function isOurs({ project, target }: { project: string; target: string }, experiments: Map<string, string>) {
  return experiments.has(project) && targetsOfExperiments.includes(target)
}

/** Nx kills what has not ended five seconds after a Ctrl-C: too soon for a trainer to write a checkpoint. */
function leaveTimeToStop(): void {
  if (process.env.NX_PROCESS_KILL_GRACE_PERIOD !== undefined) return
  const grace = setting('BLACKSMITH_STOP_GRACE')
  setVariable('NX_PROCESS_KILL_GRACE_PERIOD', String((grace + secondsAfterGrace) * 1000))
}

/**
 * Sets a variable for the command: Nx carries what a hook sets to where tasks are hashed and run, also from its
 * daemon. There it must not stay, or the next command would find another environment and make the graph anew.
 */
function setVariable(variable: string, value: string): void {
  process.env[variable] = value
  if (process.env.NX_DAEMON_PROCESS === 'true') delete process.env[variable]
}
