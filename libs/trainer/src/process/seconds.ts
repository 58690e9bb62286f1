import { UserError } from '@blacksmith/config'

/**
 * A length of time in seconds that a person may set by an environment variable.
 *
 * @throws UserError where it is set to something else
 */
export function secondsFrom(env: NodeJS.ProcessEnv, variable: string, otherwise: number): number {
  const text = env[variable]
  if (text === undefined || text === '') return otherwise
  const value = Number(text)
  if (Number.isFinite(value) && value >= 0) return value
  throw new UserError({
    field: variable,
    message: `is ${JSON.stringify(text)}, not a number of seconds`,
    remedy: `give seconds, or unset it for ${otherwise}`,
  })
}
