import { type Header, type Problem, type ResolvedConfig, UserError } from '@blacksmith/config'
import { isSecretName, looksRandom, redactJson, redactor } from '@blacksmith/secrets'

/** A shorter value of a parameter may be a name. */
const shortest = 16

const instead = "a hub's token reaches a run by the variable HF_TOKEN, which is written nowhere"
const why = {
  message: 'holds what looks like a secret, and would be written into keys, records and pages',
  remedy: `take it out; ${instead}`,
}
const printed = `take it out, and replace it by a new one, since Nx has printed the command; ${instead}`

/**
 * Refuses secrets in what was asked for, before any other mistake in it is reported with its text.
 *
 * @param set `--set` entries
 * @throws UserError that names each of them, and shows none
 */
export function refuseAskedSecrets(
  { directory, variables }: Pick<Header, 'directory' | 'variables'>,
  set: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): void {
  const redact = redactor(withoutPlainWords(env))
  const file = `${directory}/experiment.yaml`
  refuse([
    ...set
      .map((text) => ({ field: text.split('=')[0] ?? '', value: text.slice(text.indexOf('=') + 1) }))
      .filter(({ field, value }) => redact(value) !== value || isSecretOf(field, value))
      .map(({ field }) => ({ flag: `--set ${redact(field)}`, ...why, remedy: printed })),
    ...variables
      .filter((name) => redact(env[name] ?? '') !== (env[name] ?? ''))
      .map((name) => ({ file, field: `variables  ${name}`, ...why })),
  ])
}

/**
 * Refuses secrets among the parameters, wherever they come from.
 *
 * @throws UserError that names each of them, and shows none
 */
export function refuseSecretValues(config: ResolvedConfig, env: NodeJS.ProcessEnv = process.env): void {
  const redact = redactor(withoutPlainWords(env))
  const problems = Object.entries(config.origins).flatMap(([field, { file, line }]) => {
    const value = field
      .split('.')
      .reduce<unknown>((tree, key) => (tree as Values | undefined)?.[key], config.values)
    if (JSON.stringify(redactJson(value, redact)) === JSON.stringify(value) && !isSecretOf(field, value))
      return []
    return [{ ...(file ? { file } : {}), ...(line ? { line } : {}), field, ...why }]
  })
  refuse(problems)
}

/** Whether a parameter is called like a secret and holds what looks like one; `token_path` may well name a path. */
function isSecretOf(field: string, value: unknown): boolean {
  const name = field.slice(field.lastIndexOf('.') + 1)
  return (
    isSecretName(name) &&
    typeof value === 'string' &&
    value.length >= shortest &&
    !value.includes('/') &&
    looksRandom(value)
  )
}

/** A password such as `postgres` is a word of many paths, and keeps nobody out. */
function withoutPlainWords(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([, value = '']) => !/^[a-z]{1,11}$/i.test(value)))
}

type Values = Record<string, unknown>

function refuse(problems: readonly Problem[]): void {
  if (problems.length > 0) throw new UserError(problems)
}
