import { namedByVariable, programNamedByVariable } from '../files/workspace-root'

/** How the text of a variable becomes a value. */
export interface ValueKind<T> {
  /** Completes "… is 'x', which is not". */
  expected: string
  /**
   * Undefined where the text is none of this kind.
   *
   * @param root where a relative path counts from
   */
  parse(text: string, root?: string): T | undefined
}

/** Longer than a timer of Node's can wait: it would go off at once. */
const mostSeconds = 2_000_000

export const seconds: ValueKind<number> = {
  expected: `a number of seconds from 0 to ${mostSeconds}`,
  parse: (text) => within(Number(text.trim() || Number.NaN), mostSeconds),
}

export const wholeNumber: ValueKind<number> = {
  expected: 'a whole number, 0 or more',
  parse: (text) => (/^\s*\d+\s*$/.test(text) ? within(Number(text), Number.MAX_SAFE_INTEGER) : undefined),
}

/** `1` is yes and `0` is no. */
export const yes: ValueKind<boolean> = {
  expected: '1 or 0',
  parse: (text) => ({ 1: true, 0: false })[text.trim()],
}

/** A relative path counts from the workspace. */
export const path: ValueKind<string> = { expected: 'a path', parse: namedByVariable }

/** A path, or a name that is looked for where the system has such. */
export const program: ValueKind<string> = {
  expected: 'a path or a name',
  parse: programNamedByVariable,
}

/** A folder, as a path, or an address such as `s3://bucket`, or `off`; whoever opens it says whether it can be. */
export const address: ValueKind<string> = {
  expected: 'a path or an address',
  parse: (value, root) => (value === 'off' || isAddress(value) ? value : namedByVariable(value, root)),
}

/** Whether it names its scheme, as `https://…` does. */
function isAddress(value: string): boolean {
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(value)
}

/** Who wrote what a remote store holds: builds that all trust, or those of one pull request. */
export const scope: ValueKind<string> = {
  expected: 'trusted or pr-<number>',
  parse: (value) => /^(trusted|pr-[1-9]\d{0,8})$/.exec(value.trim())?.[0],
}

/** As `blacksmith store keys` prints them. */
export const publicKeyForm = /^ed25519:[A-Za-z0-9+/]{43}=$/

/** Separated by commas; `off`: none. */
export const publicKeys: ValueKind<string[]> = {
  expected: 'keys as blacksmith store keys prints them (ed25519:…), separated by commas',
  parse: (value) => {
    if (value.trim() === 'off') return []
    const keys = value.split(',').flatMap((key) => key.trim() || [])
    return keys.every((key) => publicKeyForm.test(key)) ? keys : undefined
  },
}

/** A file in PEM, or its text: services of CI hand secrets over in variables. */
export const privateKey: ValueKind<string> = {
  expected: 'a file, or its text',
  parse: (value, root) => (value.includes('-----BEGIN') ? value : namedByVariable(value, root)),
}

export const text: ValueKind<string> = { expected: 'text', parse: (value) => value }

/** Separated by commas. */
export const list: ValueKind<string[]> = {
  expected: 'a list',
  parse: (value) => value.split(',').flatMap((item) => item.trim() || []),
}

export function oneOf<const T extends string>(...words: T[]): ValueKind<T> {
  return {
    expected: words.join(' or '),
    parse: (value) => words.find((word) => word === value.trim()),
  }
}

function within(value: number, most: number): number | undefined {
  return value >= 0 && value <= most ? value : undefined
}
