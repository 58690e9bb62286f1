import { setting, type VariableName } from './settings/setting'

/**
 * Set by our Nx hook where it made Nx leave its own cache alone because of flags: the store is to be asked all the same.
 * (A person who says --skip-nx-cache wants the work to be done anew.)
 */
export const askStoreVariable = 'BLACKSMITH_ASK_STORE' satisfies VariableName

/** Whether Nx neither answers from its cache nor keeps there what is made. */
export function nxCacheIsOff(env: NodeJS.ProcessEnv): boolean {
  return env.NX_SKIP_NX_CACHE === 'true' || env.NX_DISABLE_NX_CACHE === 'true'
}

/** Whether the work is to be done even if the store has its result. */
export function isFresh(env: NodeJS.ProcessEnv): boolean {
  return setting('BLACKSMITH_FRESH', env) || (nxCacheIsOff(env) && !setting(askStoreVariable, env))
}
