import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { type DeviceKind, deviceFacts, workspaceLayout } from '@blacksmith/config/header'

/** The environment of most data sets; it holds no framework, so that frameworks share what is prepared. */
const dataEnvironment = 'data'

/**
 * Which Python environment a data set is prepared in: one of its own where its preparation needs more than the
 * others' (`data-sst2.txt`), else `data`.
 */
export function preparationEnvironment(workspaceRoot: string, dataset: string): string {
  const own = `${dataEnvironment}-${dataset}`
  return hasRequirements(workspaceRoot, own) ? own : dataEnvironment
}

/**
 * Which Python environment a training or an evaluation runs in: the experiment's own requirements where there
 * are any (`torch-llama.txt`), else its framework's (`lightning.txt`), in the variant of the device kind.
 */
export function frameworkEnvironment(
  workspaceRoot: string,
  experiment: { framework: string; project: string },
  kind: DeviceKind,
): string {
  const own = hasRequirements(workspaceRoot, experiment.project)
  return `${own ? experiment.project : experiment.framework}${deviceFacts[kind].requirements}`
}

/** Workspace-relative path of an environment's requirements: the workspace's own, else those that come along. */
export function requirementsFile(workspaceRoot: string, environment: string): string {
  const files = workspaceLayout(workspaceRoot).requirements.map((folder) => `${folder}/${environment}.txt`)
  return files.find((file) => existsSync(join(workspaceRoot, file))) ?? files[0] ?? ''
}

function hasRequirements(workspaceRoot: string, environment: string): boolean {
  return existsSync(join(workspaceRoot, requirementsFile(workspaceRoot, environment)))
}
