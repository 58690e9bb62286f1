import { isSecretName } from '@blacksmith/config'
import { cutMark } from '../events/lines'
import { looksRandom, secretsIn } from './secret-value'

/** So much of a secret's beginning is blanked where a line was cut in the middle of it. */
const shortestPart = 4

/**
 * A function that blanks secrets in text. A hub's token reaches the trainer, and nothing that is written or shown:
 * neither the values of secret variables, nor passwords in URLs, nor what has the form of a well-known token.
 */
export function redactor(env: NodeJS.ProcessEnv): (text: string) => string {
  const secrets = Object.entries(env)
    .flatMap(([name, value = '']) => secretsIn(name, value))
    // The longest first: one may be a part of another.
    .sort((a, b) => b.secret.length - a.secret.length)
  return (text) => {
    // A function, since `$` means something in a replacement text.
    const clean = secrets.reduce((part, { secret, shown }) => part.replaceAll(secret, () => shown), text)
    return withoutForms(clean.endsWith(cutMark) ? withoutPart(clean, secrets) : clean)
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
function withoutPart(text: string, secrets: readonly { secret: string; shown: string }[]): string {
  const told = text.slice(0, -cutMark.length)
  for (const { secret, shown } of secrets) {
    for (let length = secret.length - 1; length >= shortestPart; length--) {
      if (told.endsWith(secret.slice(0, length))) return `${told.slice(0, -length)}${shown}${cutMark}`
    }
  }
  return text
}

/** Tokens that their makers gave a form of its own, so that they are found wherever they stand. */
const forms = [
  /\b(hf|api_org)_[A-Za-z0-9]{30,}/,
  /\b(gh[oprsu]|github_pat|npm)_\w{30,}/,
  /\bglpat-[\w-]{20,}/,
  // Not of a model for Slovak, `opus-mt-sk-en-finetuned-2024-05`.
  /\bsk-(?:(?=[\w-]*\d)(?=[\w-]*[A-Z])[\w-]{20,}|[0-9a-z]{32,})/,
  /\bxox[a-z]-[\w-]{10,}/,
  /\b(AKIA|ASIA)[A-Z0-9]{16}\b/,
  /\bAIza[\w-]{35}/,
  /\bpypi-[\w-]{50,}/,
  /\beyJ[\w-]{10,2000}\.eyJ[\w-]{10,2000}\.[\w-]{10,}/,
]
const form = new RegExp(forms.map(({ source }) => source).join('|'), 'g')
const privateKey = /(?<=-----BEGIN [A-Z ]*PRIVATE KEY-----)[\s\S]*?(?=-----END [A-Z ]*PRIVATE KEY-----|$)/g
const inUrl = /:\/\/([^\s/?#@:]*):([^\s/?#<][^\s/?#]*)@/g
const userInUrl = /:\/\/([^\s/?#@:]{16,})@/g
/** `api_token: 'x'`, `"api_token": "x"`, `?token=x`. Bounded, since a line may be of a million letters. */
const named = /(?<![\w-])([A-Za-z_][\w-]{0,60})(["']?\s{0,4}[:=]\s{0,4}["']?)([\w+/=~-]{16,})/g

function withoutForms(text: string): string {
  return (
    text
      // Line by line, and without the mark that a patch has before each: it can still be read.
      .replace(privateKey, (body) => body.replace(/^([ +-]?)[^\n]{2,}/gm, '$1<private key>'))
      .replace(form, '<token>')
      .replace(inUrl, (_, user: string) => `://${user}:<password>@`)
      .replace(userInUrl, (found, user: string) => (looksRandom(user) ? '://<token>@' : found))
      .replace(named, (found, name: string, between: string, value: string) =>
        isSecretName(name) && looksRandom(value) ? `${name}${between}<${name}>` : found,
      )
  )
}
