import { definition, keysOf, type Schema, unwrap } from './walk'

/** What a structure takes, in words that complete "write …". */
export function describe(schema: Schema): string {
  const outer = definition(schema)
  if (outer.type === 'nullable') return `${describe(outer.innerType)} or null`
  const inner = unwrap(schema)
  if (inner !== schema) return describeWrapped(schema)
  switch (outer.type) {
    case 'number':
      return number(inner)
    case 'string':
      return 'text'
    case 'boolean':
      return 'true or false'
    case 'null':
      return 'null'
    case 'enum':
      return oneOf(Object.values(outer.entries))
    case 'literal':
      return oneOf(outer.values)
    case 'array':
      return `a list, each item ${describe(outer.element)}`
    case 'tuple':
      return `a list of ${outer.items.length}: ${outer.items.map(describe).join(', ')}`
    case 'object':
    case 'record': {
      const keys = keysOf(inner)
      return keys.length === 0 ? 'keys and values' : `keys and values (${keys.join(', ')})`
    }
    case 'union':
      return [...new Set(outer.options.map(describe))].join(', or ')
    default:
      return 'another value'
  }
}

function describeWrapped(schema: Schema): string {
  const def = definition(schema)
  return 'innerType' in def ? describe(def.innerType as Schema) : describe(unwrap(schema))
}

/** Literal values as they are written in YAML. */
export function oneOf(values: readonly unknown[]): string {
  const words = values.map((value) => (typeof value === 'string' ? value : JSON.stringify(value)))
  return words.length === 1 ? String(words[0]) : `one of ${words.join(', ')}`
}

function number(schema: Schema): string {
  const { format, minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf } = schema._zod.bag as Bag
  const whole = format === 'safeint' || format === 'int32' || format === 'uint32'
  const bounds = [
    minimum !== undefined && real(minimum) ? `at least ${minimum}` : undefined,
    exclusiveMinimum !== undefined ? `above ${exclusiveMinimum}` : undefined,
    maximum !== undefined && real(maximum) ? `at most ${maximum}` : undefined,
    exclusiveMaximum !== undefined ? `below ${exclusiveMaximum}` : undefined,
  ].filter((bound) => bound !== undefined)
  const noun = whole ? 'a whole number' : 'a number'
  const step = multipleOf === undefined ? '' : ` that is a multiple of ${multipleOf}`
  return bounds.length === 0
    ? `${noun}${step}`
    : `${noun} of ${bounds.join(' and ')}${step}`.replace('of above', 'above').replace('of below', 'below')
}

interface Bag {
  format?: string
  minimum?: number
  maximum?: number
  exclusiveMinimum?: number
  exclusiveMaximum?: number
  multipleOf?: number
}

/** zod bounds whole numbers by what a double holds exactly: true, and of no use to a reader. */
function real(bound: number): boolean {
  return Math.abs(bound) < Number.MAX_SAFE_INTEGER
}
