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

/** What a structure takes, in as few words as complete "is …, not …". */
export function noun(schema: Schema): string {
  const def = definition(unwrap(schema))
  if (def.type === 'number') return numberNoun(numberRules(unwrap(schema)))
  if (def.type === 'array' || def.type === 'tuple') return 'a list'
  if (def.type === 'object' || def.type === 'record') return 'a mapping'
  if (def.type === 'union') return [...new Set(def.options.map(noun))].join(' or ')
  return describe(unwrap(schema))
}

function number(schema: Schema): string {
  const rules = numberRules(schema)
  const { min, max, step } = rules
  const bounds = [
    min === undefined ? [] : [min.inclusive ? `at least ${min.value}` : `above ${min.value}`],
    max === undefined ? [] : [max.inclusive ? `at most ${max.value}` : `below ${max.value}`],
  ].flat()
  const range =
    min?.inclusive && max?.inclusive
      ? `from ${min.value} to ${max.value}`
      : (min?.inclusive ? 'of ' : '') + bounds.join(' and ')
  const parts = [numberNoun(rules), range, step === undefined ? '' : `in steps of ${step}`]
  return parts.filter((part) => part !== '').join(' ')
}

function numberNoun({ whole }: NumberRules): string {
  return whole ? 'a whole number' : 'a number'
}

interface Bound {
  value: number
  inclusive: boolean
}

interface NumberRules {
  whole: boolean
  min?: Bound
  max?: Bound
  step?: number
}

/** The tightest of a number's bounds, out of the checks that zod keeps. */
export function numberRules(schema: Schema): NumberRules {
  const rules: NumberRules = { whole: false }
  const def = definition(schema)
  const checks = [def, ...(def.checks ?? []).map((check) => check._zod.def)] as Partial<CheckDef>[]
  for (const { check, format, value, inclusive = false } of checks) {
    if (check === 'number_format' && format !== undefined) rules.whole ||= /int/.test(format)
    if (typeof value !== 'number') continue
    if (check === 'greater_than' && !(rules.min && rules.min.value > value)) rules.min = { value, inclusive }
    if (check === 'less_than' && !(rules.max && rules.max.value < value)) rules.max = { value, inclusive }
    if (check === 'multiple_of') rules.step = value
  }
  return rules
}

interface CheckDef {
  check: string
  format: string
  value: unknown
  inclusive: boolean
}
