import { setting } from '../settings/setting'
import { knownOptions } from './known-options'

/** The store that a workspace shares with other machines. */
export interface NamedRemote {
  /** An absolute path, or an address such as `s3://bucket`. */
  address: string
  /** Where in it is written: `trusted`, or `pr-<number>`. */
  scope: string
}

/**
 * What `BLACKSMITH_REMOTE` names, else the plugin's option.
 *
 * @returns undefined where nothing does, or it is switched off
 * @throws UserError for options or a variable that cannot be meant
 */
export function namedRemote(
  workspaceRoot: string | undefined,
  env: NodeJS.ProcessEnv = process.env,
): NamedRemote | undefined {
  const named = setting('BLACKSMITH_REMOTE', env, workspaceRoot)
  const address = named ?? (workspaceRoot === undefined ? undefined : knownOptions(workspaceRoot).remote)
  if (address === undefined || address === 'off') return undefined
  return { address, scope: setting('BLACKSMITH_REMOTE_SCOPE', env) }
}
