import type { Kind } from './kind'
import type { Scalar } from './tree'

/**
 * How people coming from Python, JSON5 or YAML 1.1 spell numbers and booleans that YAML 1.2 reads as text. None of
 * them is taken silently: each is refused with the spelling to use.
 */

/** What `text` would be as a YAML 1.2 number; undefined when it does not look like one. */
export function meantNumber(text: string): string | undefined {
  const word = text.trim()
  const bare = word.replace(/(?<=[\da-f])[_' ](?=[\da-f])/gi, '')
  const [, sign = '', digits = ''] = /^([-+]?)(.*)$/.exec(bare) ?? []
  if (/^0[xob][\da-f]+$/i.test(digits)) return writeNumber(sign, Number(digits.toLowerCase()))
  // 1,000 has a comma between thousands; 0,5 has a decimal comma.
  const points = /^\d{1,3}(,\d{3})+$/.test(digits)
    ? digits.replaceAll(',', '')
    : digits.replace(/^(\d+),(\d+)$/, '$1.$2')
  if (/^(\d+(\.\d*)?|\.\d+)(e[-+]?\d+)?$/i.test(points)) return writeNumber(sign, Number(points), points)
  return undefined
}

function writeNumber(sign: string, value: number, spelling?: string): string | undefined {
  if (!Number.isFinite(value)) return undefined
  const kept = spelling !== undefined && !/^0\d/.test(spelling) ? spelling : String(value)
  return `${sign === '-' ? '-' : ''}${kept}`
}

const yes = ['yes', 'on', 'y', 'true', 't']
const no = ['no', 'off', 'n', 'false', 'f']

/** What `text` would be as a YAML 1.2 boolean; undefined when it does not look like one. */
export function meantBoolean(text: string): string | undefined {
  const word = text.trim().toLowerCase()
  if (yes.includes(word)) return 'true'
  return no.includes(word) ? 'false' : undefined
}

/** Letters that are words of their own more often than they are booleans (`axis: y`). */
const LETTERS = /^[yntf]$/i

/**
 * What is wrong with a plain scalar that can be read in two ways where `kinds` are due: text that someone may mean
 * as a number or a boolean, or digits that begin with a zero (octal in YAML 1.1, decimal in 1.2).
 */
export function ambiguity(
  scalar: Scalar,
  kinds: ReadonlySet<Kind>,
): { message: string; remedy: string } | undefined {
  const { plain, value } = scalar
  if (plain === undefined || plain === '') return undefined
  if (typeof value === 'number' && (kinds.has('number') || kinds.has('any')) && /^[-+]?0\d/.test(plain)) {
    return { message: `${plain} begins with a zero, which some read as octal`, remedy: `write ${value}` }
  }
  if (typeof value !== 'string' || !(kinds.has('string') || kinds.has('any'))) return undefined
  const number = kinds.has('number') || kinds.has('any') ? meantNumber(plain) : undefined
  const boolean =
    (kinds.has('boolean') || kinds.has('any')) && !LETTERS.test(plain) ? meantBoolean(plain) : undefined
  const meant = number ?? boolean
  if (meant === undefined) return undefined
  return {
    message: `${plain} is text in YAML 1.2`,
    remedy: `write ${meant}, or "${plain}" in quotes for the text`,
  }
}

/** The spelling to use for a scalar of the wrong type where `kinds` are due; undefined when none suggests itself. */
export function respell(scalar: Scalar, kinds: ReadonlySet<Kind>): string | undefined {
  const { plain, value } = scalar
  if (typeof value === 'string') {
    const number = kinds.has('number') ? meantNumber(value) : undefined
    const boolean = kinds.has('boolean') ? meantBoolean(value) : undefined
    const nothing = kinds.has('null') && /^(none|null|nil|~)$/i.test(value.trim()) ? 'null' : undefined
    const meant = number ?? boolean ?? nothing
    if (meant === undefined) return undefined
    return meant === value && plain === undefined ? `write ${meant} without quotes` : `write ${meant}`
  }
  if (plain === '') return 'write a value, or remove the key'
  if (kinds.has('string') && plain !== undefined) return `write "${plain}" in quotes`
  if (kinds.has('boolean') && (value === 0 || value === 1)) return `write ${value === 1}`
  return undefined
}
