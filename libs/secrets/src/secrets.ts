import { cutMark } from '@blacksmith/text'
import { begunAtEnd, blankAcrossLines, blankEnd } from './across-lines'
import { type Secret, secretsOf } from './secret-value'
import { withoutForms } from './token-forms'

/** So much of a secret's beginning is blanked where the rest of it was cut off. */
export const shortestPart = 4

/**
 * A function that blanks secrets in text. A hub's token reaches the trainer, and nothing that is written or shown:
 * neither the values of secret variables, nor passwords in URLs, nor what has the form of a well-known token; in
 * whatever spelling, and where a line ends within it, too. The text keeps its number of lines.
 */
export function redactor(env: NodeJS.ProcessEnv): (text: string) => string {
  return redactorOf(secretsOf(env))
}

/** The same for known secrets. */
export function redactorOf(secrets: readonly Secret[]): (text: string) => string {
  return (text) => {
    // A function, since `$` means something in a replacement text.
    const clean = secrets.reduce((part, { secret, shown }) => part.replaceAll(secret, () => shown), text)
    const joined = blankAcrossLines(clean, secrets)
    return withoutForms(joined.endsWith(cutMark) ? withoutPart(joined, secrets) : joined)
  }
}

/** Blanks secrets in every text of a JSON value, names of fields included. */
export function redactJson<T>(value: T, redact: (text: string) => string): T {
  if (typeof value === 'string') return redact(value) as T
  if (Array.isArray(value)) return value.map((item) => redactJson(item, redact)) as T
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [redact(name), redactJson(item, redact)]),
  ) as T
}

/** Blanks the beginning of a secret whose end was cut off. */
function withoutPart(text: string, secrets: readonly Secret[]): string {
  const whole = text.slice(0, -cutMark.length)
  const begun = secrets
    .map((secret) => ({ length: begunAtEnd(whole, [secret]), shown: secret.shown }))
    .reduce((most, other) => (other.length > most.length ? other : most), { length: 0, shown: '' })
  return begun.length < shortestPart ? text : blankEnd(whole, begun.length, begun.shown) + cutMark
}
