import { isSecretName } from './secret-name'
import { looksRandom } from './secret-value'

/** Tokens that their makers gave a form of its own, so that they are found wherever they stand: beginning and rest. */
const forms: readonly (readonly [beginning: string, rest: string])[] = [
  ['(?:hf|api_org)_', '[A-Za-z0-9]{30,}'],
  ['(?:gh[oprsu]|github_pat|npm)_', '\\w{30,}'],
  ['glpat-', '[\\w-]{20,}'],
  // Not of a model for Slovak, `opus-mt-sk-en-finetuned-2024-05`.
  ['sk-', '(?:(?=[\\w-]*\\d)(?=[\\w-]*[A-Z])[\\w-]{20,}|[0-9a-z]{32,})'],
  ['xox[a-z]-', '[\\w-]{10,}'],
  ['(?:AKIA|ASIA)', '[A-Z0-9]{16}\\b'],
  ['AIza', '[\\w-]{35}'],
  ['pypi-', '[\\w-]{50,}'],
  ['eyJ', '[\\w-]{10,2000}\\.eyJ[\\w-]{10,2000}\\.[\\w-]{10,}'],
]
const form = new RegExp(forms.map(([beginning, rest]) => `\\b${beginning}${rest}`).join('|'), 'g')
const whole = new RegExp(form.source)
/** Not the beginning of words that happen to be written so, `sk-learn` for example. */
const begun = `\\b(?:${forms.map(([beginning]) => beginning).join('|')})(?=[\\w.-]{0,2000}[A-Z\\d])[\\w.-]{4,2000}`
const begunAtEnd = new RegExp(`${begun}(?=[^\\p{L}\\p{N}]*$)`, 'u')
const broken = new RegExp(`(${begun})([^\\p{L}\\p{N}\\n]*\\n[^\\p{L}\\p{N}\\n]*)([\\w.-]+)`, 'gu')

const privateKey = /(?<=-----BEGIN [A-Z ]*PRIVATE KEY-----)[\s\S]*?(?=-----END [A-Z ]*PRIVATE KEY-----|$)/g
const inUrl = /:\/\/([^\s/?#@:]*):([^\s/?#<][^\s/?#]*)@/g
const userInUrl = /:\/\/([^\s/?#@:]{16,})@/g
/** As requests show their headers. */
const inHeader =
  /\b(authorization\\{0,3}["']?\s{0,4}[:=,]\s{0,4}b?\\{0,3}["']?(?:basic|bearer|token)\s)([\w+/=.~-]{8,})/gi
/**
 * `api_token: 'x'`, `"api_token": "x"`, the same within another string, `?token=x`, `token%3Dx`. Bounded, since a line may
 * be of a million letters.
 */
const named =
  /(?:(?<![\w-])|(?<=%3F|%26))([A-Za-z_][\w-]{0,60})(\\{0,3}["']?\s{0,4}(?:[:=]|%3[AD])\s{0,4}\\{0,3}["']?)([\w+/=~-]{16,})/gi

/** Blanks whatever has the form of a secret, or stands where secrets do. */
export function withoutForms(text: string): string {
  return (
    text
      // Line by line, and without the mark that a patch has before each: it can still be read.
      .replace(privateKey, (body) => body.replace(/^([ +-]?)[^\n]{2,}/gm, '$1<private key>'))
      .replace(form, '<token>')
      .replace(broken, (found, head: string, between: string, rest: string) =>
        whole.test(head + rest) ? `<token>${between}<token>` : found,
      )
      .replace(inUrl, (_, user: string) => `://${user}:<password>@`)
      .replace(userInUrl, (found, user: string) => (looksRandom(user) ? '://<token>@' : found))
      .replace(inHeader, (_, before: string) => `${before}<token>`)
      .replace(named, (found, name: string, between: string, value: string) =>
        isSecretName(name) && looksRandom(value) ? `${name}${between}<${name}>` : found,
      )
  )
}

/** Whether what a text ends with could be the beginning of a token of a well-known form. */
export function endsInForm(text: string): boolean {
  return begunAtEnd.test(text.slice(-3000))
}
