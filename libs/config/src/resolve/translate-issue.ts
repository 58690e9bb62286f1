import type { z } from 'zod'
import { hint, nearest } from '../errors/nearest'
import { describe, noun, oneOf } from '../structure/describe'
import {
  choicesOf,
  definition,
  keysOf,
  kindsOf,
  optionsOf,
  type Schema,
  schemasAt,
  unwrap,
} from '../structure/walk'
import { respell } from '../yaml/spelling'
import { type Tree, treeAt } from '../yaml/tree'

/** What is wrong at a path, in our words. */
export interface Finding {
  path: PropertyKey[]
  /** Whether the key is at fault rather than the value. */
  atKey?: boolean
  message: string
  remedy?: string
}

type Issue = z.core.$ZodIssue

/**
 * Turns one of zod's issues into our words. Issues are made with an empty default message, so that a message that
 * is there is the author's own.
 */
export function translateIssue(issue: Issue, schema: Schema, tree: Tree): Finding[] {
  if (issue.code === 'unrecognized_keys') return unknownKeys(issue, schema)
  if (issue.code === 'invalid_union' && issue.errors.length > 0) return union(issue, schema, tree)
  const { path } = issue
  const found = treeAt(tree, path)
  const expected = expectedAt(schema, path)
  const remedy = ownRemedy(issue)
  if (issue.code === 'custom') {
    return [
      { path, message: issue.message || 'is not accepted', ...(remedy === undefined ? {} : { remedy }) },
    ]
  }
  if (found === undefined)
    return [{ path, message: 'is missing', remedy: `write ${lastOf(path)}: <${expected}>` }]
  const shown = show(found.value)
  if (issue.message !== '') return [{ path, message: issue.message, remedy: remedy ?? `write ${expected}` }]
  return [
    { path, atKey: issue.code === 'invalid_key', ...words(issue, shown, expected, schema, found.value) },
  ]
}

function words(
  issue: Issue,
  shown: string,
  expected: string,
  schema: Schema,
  tree: Tree,
): { message: string; remedy: string } {
  switch (issue.code) {
    case 'invalid_value': {
      const options = [...new Set(schemasAt(schema, issue.path).flatMap(optionsOf).flatMap(choicesOf))]
      return { message: `is ${shown}, not ${oneOf(options)}`, remedy: choose(tree, options) }
    }
    case 'too_small': {
      const bound = `${issue.inclusive === false ? 'not above' : 'below'} ${issue.minimum}`
      return {
        message: sized(issue.origin, shown, bound, `fewer than ${issue.minimum}`),
        remedy: size(issue, expected),
      }
    }
    case 'too_big': {
      const bound = `${issue.inclusive === false ? 'not below' : 'above'} ${issue.maximum}`
      return {
        message: sized(issue.origin, shown, bound, `more than ${issue.maximum}`),
        remedy: size(issue, expected),
      }
    }
    case 'not_multiple_of':
      return { message: `is ${shown}, not a multiple of ${issue.divisor}`, remedy: `write ${expected}` }
    case 'invalid_format': {
      const form = issue.format === 'regex' ? `text of the form ${issue.pattern}` : `a valid ${issue.format}`
      return { message: `is ${shown}, not ${form}`, remedy: `write ${form}` }
    }
    case 'invalid_key': {
      const inner = issue.issues.map((one) => one.message).filter((message) => message !== '')
      return { message: inner.join('; ') || 'is not a name that can stand here', remedy: 'rename it' }
    }
    case 'invalid_union': {
      const options = 'options' in issue && Array.isArray(issue.options) ? issue.options : []
      return { message: `is ${shown}, not ${oneOf(options)}`, remedy: choose(tree, options) }
    }
    default: {
      const kinds = new Set(schemasAt(schema, issue.path).flatMap((one) => [...kindsOf(one)]))
      const respelled = tree.kind === 'scalar' ? respell(tree, kinds) : undefined
      return {
        message: `is ${shown}, not ${nounsAt(schema, issue.path)}`,
        remedy: respelled ?? `write ${expected}`,
      }
    }
  }
}

function unknownKeys(issue: z.core.$ZodIssueUnrecognizedKeys, schema: Schema): Finding[] {
  const options = schemasAt(schema, issue.path).flatMap(optionsOf)
  return issue.keys.map((key) => {
    // Of several options, the one that was chosen is among those that do not know the key.
    const accepted = options.map(keysOf).filter((keys) => !keys.includes(key))
    return {
      path: [...issue.path, key],
      atKey: true,
      message: 'is not a known key',
      remedy: hint(key, [...new Set(accepted.flat())]),
    }
  })
}

/** Several structures were possible: the one that fits best says what is wrong. */
function union(issue: z.core.$ZodIssueInvalidUnion, schema: Schema, tree: Tree): Finding[] {
  const deep = issue.errors.filter(
    (branch) => !branch.some(({ path, code }) => path.length === 0 && code === 'invalid_type'),
  )
  const best = deep.sort((a, b) => a.length - b.length)[0]
  const whole = treeAt(tree, issue.path)
  if (best !== undefined && whole !== undefined && (deep.length === 1 || whole.value.kind !== 'scalar')) {
    return best.flatMap((inner) =>
      translateIssue({ ...inner, path: [...issue.path, ...inner.path] } as Issue, schema, tree),
    )
  }
  return translateIssue(
    { ...issue, code: 'invalid_type', expected: 'any', path: issue.path } as unknown as Issue,
    schema,
    tree,
  )
}

function choose(tree: Tree, values: readonly unknown[]): string {
  const word = tree.kind === 'scalar' && typeof tree.value === 'string' ? tree.value : undefined
  const near = word === undefined ? undefined : nearest(word, values.map(String))
  return near === undefined || values.length < 2 ? `write ${oneOf(values)}` : `did you mean ${near}?`
}

function sized(origin: string, shown: string, bound: string, count: string): string {
  if (origin === 'string') return `is ${shown}: ${count} characters`
  if (origin === 'number' || origin === 'int' || origin === 'bigint') return `is ${shown}, ${bound}`
  return `has ${count} items`
}

function size(issue: z.core.$ZodIssueTooSmall | z.core.$ZodIssueTooBig, expected: string): string {
  if (issue.origin === 'number' || issue.origin === 'int' || issue.origin === 'bigint')
    return `write ${expected}`
  const bound = issue.code === 'too_small' ? `at least ${issue.minimum}` : `at most ${issue.maximum}`
  return `write ${bound} ${issue.origin === 'string' ? 'characters' : 'items'}`
}

function ownRemedy(issue: Issue): string | undefined {
  const remedy = issue.code === 'custom' ? issue.params?.remedy : undefined
  return typeof remedy === 'string' ? remedy : undefined
}

function expectedAt(schema: Schema, path: readonly PropertyKey[]): string {
  const candidates = schemasAt(schema, path)
  return [...new Set(candidates.map(describeWhole))].join(', or ') || 'another value'
}

function nounsAt(schema: Schema, path: readonly PropertyKey[]): string {
  return [...new Set(schemasAt(schema, path).map(noun))].join(' or ') || 'another value'
}

function describeWhole(schema: Schema): string {
  const def = definition(unwrap(schema))
  return def.type === 'object' && Object.keys(def.shape).length > 0
    ? `a mapping with the keys ${Object.keys(def.shape).join(', ')}`
    : describe(schema)
}

/** A value as it was written, short enough for a message. */
function show(tree: Tree): string {
  if (tree.kind === 'sequence') return 'a list'
  if (tree.kind === 'mapping') return 'a mapping'
  if (tree.plain === '') return 'empty'
  if (typeof tree.value !== 'string') return tree.plain ?? JSON.stringify(tree.value)
  const text = tree.value.length > 60 ? `${tree.value.slice(0, 57)}...` : tree.value
  return `the text ${JSON.stringify(text)}`
}

function lastOf(path: readonly PropertyKey[]): string {
  return String(path[path.length - 1] ?? 'it')
}
