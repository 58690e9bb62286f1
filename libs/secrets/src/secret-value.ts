import { existsSync } from 'node:fs'
import { lettersOf } from './letters'
import { isSecretName } from './secret-name'
import { spellings } from './secret-spellings'

/** A shorter value would be found by chance in ordinary text. */
const shortest = 8
/** A random text that is shorter, and is called nothing, may be a name. */
const shortestNameless = 20
/** `DATASET_KEY=fold_1_of_5` is the key of a table. */
const shortestKey = 16
/** Names such as `DeepSeek-R1-0528-Qwen3-8B` change as often, in short parts between dashes. */
const shortestStretch = 12

/** What must not be seen, and what is shown instead. */
export interface Secret {
  secret: string
  /** Only its letters and digits. */
  letters: string
  shown: string
}

/** All secrets in the variables of a process, each as it may be written; the longest first, as one may be part of another. */
export function secretsOf(env: NodeJS.ProcessEnv): Secret[] {
  return Object.entries(env)
    .flatMap(([name, value = '']) => secretsIn(name, value))
    .flatMap(({ secret, shown }) =>
      [secret, ...spellings(secret).filter(({ length }) => length >= shortest)].map((spelling) => ({
        secret: spelling,
        letters: lettersOf(spelling),
        shown,
      })),
    )
    .sort((a, b) => b.secret.length - a.secret.length)
}

/** The secrets in one environment variable: its value, each line of it, or the password of a URL in it. */
function secretsIn(name: string, value: string): Omit<Secret, 'letters'>[] {
  const shown = `<${name}>`
  const logins = [...value.matchAll(/:\/\/([^\s/?#@:]*):([^\s/?#]+)@/g)]
  if (logins.length > 0) {
    return logins.flatMap(([, user = '', password = '']) => [
      ...[password, decoded(password)].map((secret) =>
        // A short password is only blanked where it stands in a URL.
        secret.length < shortest ? { secret: `:${secret}@`, shown: `:${shown}@` } : { secret, shown },
      ),
      { secret: inHeader(decoded(user), decoded(password)), shown },
    ])
  }
  if (!isSecret(name, value.trim())) return []
  // A key of several lines is printed line by line; some services give it with its line ends spelt out.
  return value
    .split(/\r?\n|\\n/)
    .map((line) => line.trim())
    .filter((line) => line.length >= shortest)
    .map((secret) => ({ secret, shown }))
}

/** Whether a text looks made by chance, as tokens do: letters and digits that change places as in no word and no path. */
export function looksRandom(text: string): boolean {
  if (!/^[\w+/=~-]+$/.test(text) || !/\d/.test(text) || !/[a-z]/i.test(text)) return false
  return runs(text) >= text.length / 3
}

/** The same where no name hints at it; a digest names something, and is no token. */
function looksLikeToken(text: string): boolean {
  if (text.length < shortestNameless || !/^(?=.*[A-Z])(?=.*[a-z])(?=.*\d)[\w=~-]+$/.test(text)) return false
  if (text.split(/[-_]/).every((part) => part.length < shortestStretch)) return false
  return runs(text) >= text.length * 0.45
}

/** How many stretches of capitals, of small letters and of digits follow each other. */
function runs(text: string): number {
  return text.match(/[A-Z]+|[a-z]+|\d+/g)?.length ?? 0
}

function isSecret(name: string, value: string): boolean {
  if (value.length < shortest || isHarmless(value)) return false
  if (isSecretName(name)) return true
  if (/(^|_)(KEY|KEYS|COOKIE|SESSION|BEARER|DSN)$/i.test(name))
    return value.length >= shortestKey && /\d/.test(value) && /[a-z]/i.test(value)
  return looksLikeToken(value)
}

/** A switch, a quantity or a path, whatever its variable is called: `GOOGLE_APPLICATION_CREDENTIALS` names a file. */
function isHarmless(value: string): boolean {
  if (/^(disabled?|enabled|required|optional|anonymous|undefined)$/i.test(value)) return true
  if (/^[-+]?\d{1,15}(\.\d*)?(e[-+]?\d+)?$/i.test(value)) return true
  if (/^(file:|~|\.{1,2}\/)/.test(value)) return true
  // A random text may begin with a slash too, but not with a folder that is there.
  const [folder] = /^\/[^/\s]+/.exec(value) ?? []
  return folder !== undefined && existsSync(folder)
}

/** As a request logs in, a proxy too. */
function inHeader(user: string, password: string): string {
  return Buffer.from(`${user}:${password}`).toString('base64')
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
