import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { hint, UserError } from '@blacksmith/config/header'

/** What a command line of nx asks for: one task, in one configuration. */
interface Asked {
  project: string
  configuration: string
}

/**
 * Refuses `nx run lightning-mnist:train -c ful` before anything runs. Nx takes an unknown configuration for the
 * default, and answers it from its cache, so that the executor is not asked.
 *
 * @param argv the arguments of nx
 * @throws UserError
 */
export function refuseUnknownConfiguration(workspaceRoot: string, argv: readonly string[]): void {
  const asked = askedFor(argv)
  const directory = asked && experimentDirectory(workspaceRoot, asked.project)
  if (!directory || asked.configuration === 'default') return
  const names = configurations(join(workspaceRoot, directory))
  if (names.includes(asked.configuration)) return
  throw new UserError({
    file: `${directory}/configs/${asked.configuration}.yaml`,
    message: `there is no such configuration of ${asked.project}`,
    remedy: hint(asked.configuration, names, 'there are'),
  })
}

/** Reads `run project:target:configuration`, `run project:target -c name` and `target project -c name`. */
function askedFor(argv: readonly string[]): Asked | undefined {
  const words = argv.filter((word, at) => !word.startsWith('-') && !isFlagValue(argv, at))
  const [command = '', task = ''] = words
  const [project = '', , named] = command === 'run' ? task.split(':') : [task]
  const configuration = named ?? flag(argv, ['-c', '--configuration'])
  return project === '' || configuration === undefined ? undefined : { project, configuration }
}

/** Whether a word belongs to the flag before it. */
function isFlagValue(argv: readonly string[], at: number): boolean {
  return ['-c', '--configuration', '--set', '--device', '--devices', '--threads'].includes(argv[at - 1] ?? '')
}

function flag(argv: readonly string[], names: readonly string[]): string | undefined {
  for (const [at, word] of argv.entries()) {
    for (const name of names) {
      if (word === name) return argv[at + 1]
      if (word.startsWith(`${name}=`)) return word.slice(name.length + 1)
    }
  }
  return undefined
}

/** The folder of an experiment, by the layout experiments/<framework>/<name>; undefined for other projects. */
function experimentDirectory(workspaceRoot: string, project: string): string | undefined {
  // Either part may hold dashes, so every split is tried.
  const parts = project.split('-')
  for (let at = 1; at < parts.length; at++) {
    const directory = `experiments/${parts.slice(0, at).join('-')}/${parts.slice(at).join('-')}`
    if (existsSync(join(workspaceRoot, directory, 'experiment.yaml'))) return directory
  }
  return undefined
}

function configurations(directory: string): string[] {
  const folder = join(directory, 'configs')
  if (!existsSync(folder)) return []
  return readdirSync(folder)
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => name.slice(0, -'.yaml'.length))
}
