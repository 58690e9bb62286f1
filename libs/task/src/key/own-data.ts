import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { ownPath, UserError } from '@blacksmith/config'
import { ownIn } from '@blacksmith/identity'
import { digestTree, Store, storeHome, type Target } from '@blacksmith/store'
import type { Experiment } from '../experiment/experiment'

/**
 * A person's own file or folder, which `dataset.path` names to a preparation and `model.path` to a training and an
 * evaluation, relative to the workspace.
 *
 * @throws UserError when it is not there
 */
export function ownData(
  workspaceRoot: string,
  target: Target,
  { header, config }: Experiment,
): string | undefined {
  const path = ownPath(config, ownIn[target])
  if (path === undefined) return undefined
  const own = resolve(workspaceRoot, path)
  if (existsSync(own)) return own
  const field = `${ownIn[target]}.path`
  const origin = config.origins[field]
  throw new UserError({
    ...(origin?.source === 'flag' ? { flag: origin.flag } : {}),
    ...(origin?.source === 'file' ? { file: origin.file, line: origin.line } : {}),
    ...(origin?.source === 'default' ? { file: `${header.directory}/config.ts` } : {}),
    field,
    message: `there is no ${own}`,
    remedy: 'give a file or folder, relative to the workspace or absolute',
  })
}

/** Digests of its files by name; undefined where none is named. */
export async function ownDigests(
  workspaceRoot: string,
  target: Target,
  experiment: Experiment,
): Promise<Record<string, string> | undefined> {
  const own = ownData(workspaceRoot, target, experiment)
  return own === undefined ? undefined : digestTree(own, new Store(storeHome()).index)
}
