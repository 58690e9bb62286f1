import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { DeviceKind } from '@blacksmith/config/header'

const suffix: Record<DeviceKind, string> = { cpu: '', gpu: '-cuda', tt: '-tt' }

/** Workspace-relative folder of the pinned requirements, one file for each environment. */
export const requirementsDirectory = 'libs/python/requirements'

/** The environment in which data sets are prepared; it holds no framework, so that frameworks share the data. */
export const dataEnvironment = 'data'

/**
 * Which Python environment a training or an evaluation runs in: the experiment's own requirements where there
 * are any (`torch-llama.txt`), else its framework's (`lightning.txt`), in the variant of the device kind.
 */
export function frameworkEnvironment(
  workspaceRoot: string,
  experiment: { framework: string; project: string },
  kind: DeviceKind,
): string {
  const own = existsSync(join(workspaceRoot, requirementsDirectory, `${experiment.project}.txt`))
  return `${own ? experiment.project : experiment.framework}${suffix[kind]}`
}

/** Workspace-relative path of an environment's requirements. */
export function requirementsFile(environment: string): string {
  return `${requirementsDirectory}/${environment}.txt`
}
