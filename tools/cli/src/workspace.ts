import { enclosingWorkspace, experimentFolders, hint, UserError } from '@blacksmith/config'
import { defaultConfiguration, producers, type TaskRequest } from '@blacksmith/task'

/**
 * The folder of nx.json, at or above where the command was given.
 *
 * @throws UserError when there is none
 */
export function findWorkspaceRoot(): string {
  const found = enclosingWorkspace()
  if (found !== undefined) return found
  throw new UserError({
    message: 'this folder is in no Blacksmith workspace: there is no nx.json here or above',
    remedy: 'go to the folder you cloned and try again',
  })
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
  const experiments = experimentFolders(workspaceRoot)
  const directory = experiments.get(project)
  if (!directory) throw noSuch('experiment', project, [...experiments.keys()])
  if (!Object.hasOwn(producers, target)) throw noSuch('target', target, Object.keys(producers))
  return { workspaceRoot, directory, target: target as TaskRequest['target'], configuration, flags: rest }
}

function noSuch(what: string, name: string, names: string[]): UserError {
  return new UserError({
    message: `there is no ${what} named ${JSON.stringify(name)}`,
    remedy: hint(name, names, 'there are'),
  })
}
