import { type Problem, UserError } from '../errors/user-error'
import { internalSettings, type Setting, settings } from './settings'

const all = { ...settings, ...internalSettings }

export type VariableName = keyof typeof all
type Value<N extends VariableName> = (typeof all)[N]['otherwise']

/**
 * What a variable says now; an empty one is as good as none.
 *
 * @param root where a relative path counts from; without it the workspace that this process is in
 * @throws UserError where its text is nothing that it can mean
 */
export function setting<N extends VariableName>(
  name: N,
  env: NodeJS.ProcessEnv = process.env,
  root?: string,
): Value<N> {
  const { kind, otherwise }: Setting<Value<N>> = all[name]
  const text = env[name]
  if (!text) return otherwise
  const value = kind.parse(text, root)
  if (value === undefined) throw new UserError(problemOf(name, text))
  return value
}

/**
 * Looks at all variables at once, also those that only a later step would read.
 *
 * @throws UserError that names each whose text is nothing that it can mean
 */
export function refuseBadSettings(env: NodeJS.ProcessEnv = process.env): void {
  const problems = Object.entries<Setting>(all).flatMap(([name, { kind }]) => {
    const text = env[name]
    return text && kind.parse(text) === undefined ? [problemOf(name as VariableName, text)] : []
  })
  if (problems.length > 0) throw new UserError(problems)
}

function problemOf(name: VariableName, text: string): Problem {
  const { kind, without } = all[name]
  return {
    field: name,
    message: `is '${text}', which is not ${kind.expected}`,
    remedy: `set it to ${kind.expected}, or unset it (then: ${without.replaceAll('`', '')})`,
  }
}
