import { isSecretName } from '@blacksmith/config'

/** A shorter value would be found by chance in ordinary text. */
const shortest = 8

/**
 * A function that blanks the values of secret environment variables in text: a hub's token reaches the trainer,
 * and nothing that is written or shown. So are passwords in URLs, of a proxy or of a package index.
 */
export function redactor(env: NodeJS.ProcessEnv): (text: string) => string {
  const secrets = Object.entries(env)
    .flatMap(([name, value = '']) => secretsIn(name, value))
    // The longest first: one may be a part of another.
    .sort((a, b) => b.secret.length - a.secret.length)
  // A function, since `$` means something in a replacement text.
  return (text) => secrets.reduce((clean, { secret, shown }) => clean.replaceAll(secret, () => shown), text)
}

/** Blanks secrets in every text of a JSON value. */
export function redactJson<T>(value: T, redact: (text: string) => string): T {
  if (typeof value === 'string') return redact(value) as T
  if (Array.isArray(value)) return value.map((item) => redactJson(item, redact)) as T
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [name, redactJson(item, redact)]),
  ) as T
}

/** What must not be seen, and what is shown instead. */
interface Secret {
  secret: string
  shown: string
}

function secretsIn(name: string, value: string): Secret[] {
  const shown = `<${name}>`
  const password = value.match(/^[a-z][a-z0-9+.-]*:\/\/[^/\s:@]*:([^/\s@]+)@/i)?.[1]
  // A short password is only blanked where it stands in a URL.
  if (password && password.length < shortest) return [{ secret: `:${password}@`, shown: `:${shown}@` }]
  if (password) return [{ secret: password, shown }]
  if (!isSecretName(name)) return []
  // A key of several lines is printed line by line.
  return value
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line.length >= shortest)
    .map((secret) => ({ secret, shown }))
}
