import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { UserError } from '@blacksmith/config'
import { requirementsFile } from '@blacksmith/trainer'
import { codeDigests } from './code'
import { pythonRoot } from './entry'
import type { Experiment } from './experiment'
import { environmentOf } from './plan'
import type { TaskRequest } from './request'

/**
 * Nx hashes files as they are when its command begins, and keeps under that hash what a target makes later. A file
 * that has changed meanwhile would so stand for a result that it did not make: the target fails instead, and Nx
 * keeps nothing. The store has what was made, under its own key.
 *
 * @param began milliseconds since the epoch
 * @throws UserError that names the file
 */
export async function refuseChangedSince(
  began: number,
  { workspaceRoot, target }: TaskRequest,
  experiment: Experiment,
): Promise<void> {
  const { header } = experiment
  const code = codeDigests(workspaceRoot, target, header)
  const files = [
    ...settingsOf(experiment),
    requirementsFile(environmentOf(workspaceRoot, target, experiment)),
    'libs/config/version.json',
    ...Object.keys(code as object),
  ]
  for (const file of files) {
    // The time of an inode's last change cannot be set back, as that of its content can.
    if (existsSync(join(workspaceRoot, file)) && statSync(join(workspaceRoot, file)).ctimeMs > began) {
      throw new UserError({
        file,
        message: 'changed since this command began, so its result is not kept for that of the old file',
        remedy: 'run the same command again; what is the same is in the store',
      })
    }
  }
}

/** Where parameters and sources of an experiment are written. */
function settingsOf({ header }: Experiment): string[] {
  const { directory, dataset, framework, model, configurations, deviceOverlays } = header
  return [
    ...['experiment.yaml', 'config.ts'],
    ...configurations.map((name) => `configs/${name}.yaml`),
    ...deviceOverlays.map((name) => `devices/${name}.yaml`),
  ]
    .map((file) => `${directory}/${file}`)
    .concat(
      ['schema.ts', 'sources.yaml'].map((file) => `${pythonRoot}/blacksmith/datasets/${dataset}/${file}`),
      `${pythonRoot}/blacksmith/models/${framework}/${model}/schema.ts`,
    )
}
