import { setting } from '../settings/setting'
import { knownOptions } from './known-options'

/** The store that a workspace shares with other machines. */
export interface NamedRemote {
  /** An absolute path, or an address such as `s3://bucket`. */
  address: string
  /** Where in it is written: `trusted`, or `pr-<number>`. */
  scope: string
  /** Public keys: of what is `trusted` only what is signed by one of them is used. None: signatures are not asked for. */
  trustedKeys?: readonly string[]
  /** The private key, as a file or its text, that signs what is sent as `trusted`. */
  signingKey?: string | undefined
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
  const options = workspaceRoot === undefined ? undefined : knownOptions(workspaceRoot)
  const address = setting('BLACKSMITH_REMOTE', env, workspaceRoot) ?? options?.remote
  if (address === undefined || address === 'off') return undefined
  return {
    address,
    scope: setting('BLACKSMITH_REMOTE_SCOPE', env),
    trustedKeys: setting('BLACKSMITH_TRUSTED_KEYS', env) ?? options?.trustedKeys ?? [],
    signingKey: setting('BLACKSMITH_SIGNING_KEY', env, workspaceRoot),
  }
}
