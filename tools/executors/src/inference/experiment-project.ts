import { existsSync } from 'node:fs'
import { join, posix } from 'node:path'
import {
  type DeviceKind,
  datasetFolder,
  isInstalled,
  preferredKind,
  sweepNames,
  type WorkspaceLayout,
} from '@blacksmith/config/header'
import {
  frameworkEnvironment,
  preparationEnvironment,
  requirementsFile,
} from '@blacksmith/environments/environment-name'
import type { ProjectConfiguration, TargetConfiguration } from '@nx/devkit'
import { draftFile } from '../hooks/draft-files'
import type { Outline, Outlines } from './outline'
import { packageChainInputs, pythonProject, trainingRoot } from './python-projects'

/** What the projects of one graph have in common; it holds one moment's view of the workspace. */
export interface Surroundings {
  workspaceRoot: string
  layout: WorkspaceLayout
  /** The file that says what keys mean, where the workspace holds our own source. */
  versionFile: string | undefined
  outlines: Outlines
  /** Kinds of device that this box has. */
  present: Set<DeviceKind>
  /** What the preparation of a data set imports from outside its folder, and the globs that it declares. */
  preparationReads: (dataset: string) => string[]
  /** What an experiment's config.ts imports from where none of our projects is. */
  structureReads: (directory: string) => string[]
}

/**
 * The project of an experiment, from the header of its YAML alone. An experiment that cannot be read becomes a
 * project whose targets fail with the reason, since an exception here would stop every other project too.
 *
 * @param file workspace-relative path of an experiment.yaml
 */
export function experimentProject(surroundings: Surroundings, file: string): ProjectConfiguration {
  const root = posix.dirname(file)
  const outline = surroundings.outlines.of(file)
  const dataset = datasetIfThere(surroundings, outline.dataset)
  return {
    name: outline.project,
    root,
    sourceRoot: root,
    projectType: 'application',
    tags: [`framework:${outline.framework}`],
    metadata: { description: outline.description, technologies: ['python'] },
    implicitDependencies: [...(dataset ? [dataset] : []), ...trainerIfThere(surroundings)],
    targets: targetsOf(surroundings, outline, dataset),
  }
}

/** The graph must not name a project that is not there; a mistyped data set is reported by the targets. */
function datasetIfThere(
  { workspaceRoot, layout }: Surroundings,
  dataset: string | undefined,
): string | undefined {
  if (dataset === undefined) return undefined
  const { folder } = datasetFolder(workspaceRoot, dataset)
  if (isInstalled(folder) || !existsSync(join(workspaceRoot, folder, 'schema.ts'))) return undefined
  return pythonProject(layout, folder).name
}

/** Every training runs in the trainer's own Python, also where its recipe imports none of it. */
function trainerIfThere({ workspaceRoot, layout }: Surroundings): string[] {
  const root = trainingRoot(layout)
  if (isInstalled(root) || !existsSync(join(workspaceRoot, root))) return []
  return [pythonProject(layout, root).name]
}

function targetsOf(
  surroundings: Surroundings,
  outline: Outline,
  dataset: string | undefined,
): Record<string, TargetConfiguration> {
  const { workspaceRoot, present, preparationReads, structureReads } = surroundings
  const kind = preferredKind(outline, present)
  const where = `on ${outline.threads} threads${kind === 'cpu' ? '' : ` and a ${kind} device`}`
  const frameworks = [...new Set([kind, ...outline.devices])].map((each) =>
    frameworkEnvironment(workspaceRoot, outline, each),
  )
  const requirementsInput = (environment: string): Inputs => {
    const file = requirementsFile(workspaceRoot, environment)
    return isInstalled(file) ? [] : [workspaceFile(file)]
  }
  const structure = structureReads(outline.directory).map(workspaceFile)
  const target = (name: string, description: string, dependsOn: string[], inputs: Inputs) => ({
    executor: `@blacksmith/executors:${name}`,
    cache: true,
    dependsOn: dependsOn.map((each) => ({ target: each, params: 'forward' as const })),
    inputs: [...inputs, ...structure, draftInput(outline.project, name), ...commonInputs(surroundings)],
    outputs: [`{workspaceRoot}/dist/{projectName}/{options.run}/${name}`],
    options: { run: 'default', device: kind },
    configurations: Object.fromEntries(outline.configurations.map((run) => [run, { run }])),
    metadata: { description },
  })
  const allOf = (path: string) => [workspaceFile(path), workspaceFile(`${path}/**/*`)]
  const recipe: Inputs = [
    ...experimentFiles,
    '^default',
    { dependentTasksOutputFiles: '**/manifest.json', transitive: true },
    ...frameworks.flatMap(requirementsInput),
    ...outline.inputs.map((glob) => workspaceFile(posix.join(outline.directory, glob))),
    ...outline.own.model.flatMap(allOf),
  ]
  const preparation: Inputs = [
    ...experimentFiles,
    '!{projectRoot}/**/*.py',
    ...(dataset ? [{ input: 'default', projects: [dataset] }] : []),
    ...(dataset && outline.dataset ? preparationReads(outline.dataset).map(workspaceFile) : []),
    ...(outline.dataset ? requirementsInput(preparationEnvironment(workspaceRoot, outline.dataset)) : []),
    ...outline.own.dataset.flatMap(allOf),
  ]
  return {
    'prepare-data': target(
      'prepare-data',
      `Download and prepare the data (${outline.dataset ?? 'unknown'})`,
      [],
      preparation,
    ),
    train: target('train', `Train with ${outline.framework} ${where}`, ['prepare-data'], recipe),
    evaluate: target(
      'evaluate',
      `Measure the model on the test data and judge it, ${where}`,
      ['train', 'prepare-data'],
      recipe,
    ),
    sweep: {
      ...sweepTarget({ run: 'default' }, `Train with each combination of the values of --grid, ${where}`),
      configurations: Object.fromEntries(outline.configurations.map((run) => [run, { run }])),
    },
    ...Object.fromEntries(
      sweepNames(workspaceRoot, outline.directory).map((sweep) => [
        `sweep-${sweep}`,
        sweepTarget({ sweep }, `Find the best of the trials of sweeps/${sweep}.yaml, ${where}`),
      ]),
    ),
  }
}

/** It is asked of the store, trial by trial, each time: Nx keeps nothing of it. */
function sweepTarget(options: Record<string, string>, description: string): TargetConfiguration {
  return { executor: '@blacksmith/executors:sweep', cache: false, options, metadata: { description } }
}

type Inputs = NonNullable<TargetConfiguration['inputs']>

/**
 * What Nx watches by itself shows `nx affected` what a change touches, and makes Nx ask the store more often than need
 * be. That it never answers where the store would not is the draft digest's part: all that shapes a result is in it.
 */
const experimentFiles: Inputs = [
  '{projectRoot}/**/*',
  '!{projectRoot}/**/README.md',
  '!{projectRoot}/**/*_test.py',
]

function commonInputs({ layout, versionFile }: Surroundings): Inputs {
  return [
    ...packageChainInputs(layout),
    // Where the build system's own source is in the workspace.
    ...(versionFile === undefined ? [] : [workspaceFile(versionFile)]),
    // Without this Nx adds the lock file of all npm packages, none of which a training uses.
    { externalDependencies: [] },
  ]
}

/** The draft digest, which our hook writes before Nx hashes; git ignores the file. */
function draftInput(project: string, target: string): Inputs[number] {
  return { fileset: workspaceFile(draftFile(project, target)), includeIgnored: true } as Inputs[number]
}

function workspaceFile(path: string): string {
  return `{workspaceRoot}/${path}`
}
