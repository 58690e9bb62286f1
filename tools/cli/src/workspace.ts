import { existsSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { UserError } from '@blacksmith/config'
import { defaultConfiguration, producers, type TaskRequest } from '@blacksmith/task'
import { closest, distance } from 'fastest-levenshtein'

/** The folder of nx.json, at or above where the command was given. */
export function findWorkspaceRoot(from: string = process.cwd()): string {
  if (existsSync(join(from, 'nx.json'))) return from
  const parent = dirname(from)
  if (parent === from) {
    throw new UserError({
      message: 'this folder is in no Blacksmith workspace: there is no nx.json here or above',
      remedy: 'go to the folder you cloned and try again',
    })
  }
  return findWorkspaceRoot(parent)
}

/**
 * Reads `project:target[:configuration]`, as nx run takes it.
 *
 * @throws UserError with the nearest name when there is no such experiment or target
 */
export function taskRequest(
  workspaceRoot: string,
  task: string,
  flags: TaskRequest['flags'] & { configuration?: string },
): TaskRequest {
  const [project = '', target = '', named] = task.split(':')
  const { configuration = named ?? defaultConfiguration, ...rest } = flags
  const directory = experiments(workspaceRoot).get(project)
  if (!directory) throw noSuch('experiment', project, [...experiments(workspaceRoot).keys()])
  if (!Object.hasOwn(producers, target)) throw noSuch('target', target, Object.keys(producers))
  return { workspaceRoot, directory, target: target as TaskRequest['target'], configuration, flags: rest }
}

/** Project name → folder of each experiment, by the layout experiments/<framework>/<name>. */
export function experiments(workspaceRoot: string): Map<string, string> {
  const found = new Map<string, string>()
  for (const framework of folders(join(workspaceRoot, 'experiments'))) {
    for (const name of folders(join(workspaceRoot, 'experiments', framework))) {
      const directory = `experiments/${framework}/${name}`
      if (existsSync(join(workspaceRoot, directory, 'experiment.yaml')))
        found.set(`${framework}-${name}`, directory)
    }
  }
  return found
}

function folders(directory: string): string[] {
  if (!existsSync(directory)) return []
  return readdirSync(directory, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
}

function noSuch(what: string, name: string, names: string[]): UserError {
  const nearest = names.length > 0 ? closest(name, names) : undefined
  const hint = nearest && distance(name, nearest) <= 3 ? `did you mean ${nearest}? ` : ''
  return new UserError({
    message: `there is no ${what} named ${JSON.stringify(name)}`,
    remedy: `${hint}there are: ${names.join(', ') || 'none'}`,
  })
}
