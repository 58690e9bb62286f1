import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { hint, UserError } from '@blacksmith/config/header'
import type { CommandLine } from './command-line'

/** What an experiment's project has. */
export const targetsOfExperiments = ['prepare-data', 'train', 'evaluate']

/**
 * Refuses `nx run lightning-mnist:train -c ful` before anything runs. Nx takes an unknown configuration for the
 * default, and answers it from its cache, so that the executor is not asked. Where a command leaves open which
 * experiments it is about, one of them has to have the configuration.
 *
 * @param experiments project name → workspace-relative folder
 * @throws UserError
 */
export function refuseUnknownConfiguration(
  workspaceRoot: string,
  { projects, targets, configuration }: CommandLine,
  experiments: ReadonlyMap<string, string>,
): void {
  if (configuration === undefined || configuration === 'default') return
  const of = (project: string) => configurations(join(workspaceRoot, experiments.get(project) ?? ''))
  if (projects === undefined) {
    if (!targets.some((target) => targetsOfExperiments.includes(target))) return
    const names = [...new Set([...experiments.keys()].flatMap(of))].sort()
    if (names.includes(configuration)) return
    throw new UserError({
      flag: `--configuration=${configuration}`,
      message: 'no experiment has such a configuration',
      remedy: hint(configuration, names, 'there are'),
    })
  }
  const without = projects.filter((project) => !of(project).includes(configuration))
  if (without.length === 0) return
  throw new UserError(
    without.map((project) => ({
      file: `${experiments.get(project)}/configs/${configuration}.yaml`,
      message: `there is no such configuration of ${project}`,
      remedy: hint(configuration, of(project), 'there are'),
    })),
  )
}

function configurations(directory: string): string[] {
  const folder = join(directory, 'configs')
  if (!existsSync(folder)) return []
  return readdirSync(folder)
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => name.slice(0, -'.yaml'.length))
}
