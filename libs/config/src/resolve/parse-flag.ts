import { hint } from '../errors/nearest'
import type { Problem } from '../errors/user-error'
import { childrenOf, keysOf, kindsOf, parameterPaths, type Schema, schemasAt } from '../structure/walk'
import { BuildTree } from '../yaml/build-tree'
import { parse } from '../yaml/parse-yaml'
import type { Flag, Mapping, Scalar, Tree } from '../yaml/tree'

/** The tree that a `--set` flag lays over the files, or why it is none. */
export type ParsedFlag = { tree: Mapping; problem?: undefined } | { tree?: undefined; problem: Problem }

/** Parses `a.b=value`; what the value is, text or a number, is for the structure to say. */
export function parseFlag(text: string, schema: Schema): ParsedFlag {
  const source: Flag = { flag: `--set ${text}`, text }
  const equals = text.indexOf('=')
  if (equals === -1) {
    const remedy = `write --set ${text || '<section>.<key>'}=<value>; a value with a comma needs quotes: 'a="x,y"'`
    return { problem: { flag: source.flag, message: 'has no =', remedy } }
  }
  const path = text.slice(0, equals).trim().split('.')
  if (path.includes('')) {
    const remedy = 'write --set <section>.<key>=<value>'
    return { problem: { flag: source.flag, message: 'names no parameter before the =', remedy } }
  }
  const problem = pathProblem(path, schema, source.flag)
  if (problem !== undefined) return { problem }
  const schemas = schemasAt(schema, path)
  const value = parseValue(text.slice(equals + 1), equals + 1, source, schemas)
  if ('message' in value) return { problem: { ...value, field: path.join('.') } }
  const kinds = kindsAt(schemas)
  if (value.kind !== 'mapping' && kinds.size === 1 && kinds.has('mapping')) {
    return { problem: sectionProblem(path, schemas, source.flag) }
  }
  return { tree: nest(path, value, source) }
}

function pathProblem(path: readonly string[], schema: Schema, flag: string): Problem | undefined {
  const [top = '', second] = path
  const field = path.join('.')
  if (second === 'name' && (top === 'dataset' || top === 'model')) {
    return { flag, field, message: 'is fixed by experiment.yaml', remedy: 'make another experiment for it' }
  }
  if (path.includes('__proto__')) {
    return { flag, field, message: '"__proto__" cannot be a key', remedy: 'give the key a name' }
  }
  const header = Object.hasOwn(headerRemedies, top) ? headerRemedies[top] : undefined
  if (header !== undefined) return { flag, field, message: 'is not a parameter', remedy: header }
  let candidates: Schema[] = [schema]
  for (const [i, key] of path.entries()) {
    const below = candidates.flatMap((one) => (kindsOf(one).has('mapping') ? childrenOf(one, key) : []))
    if (below.length === 0) {
      return { flag, field, ...unknown(path.slice(0, i), key, candidates, schema) }
    }
    candidates = below
  }
  return undefined
}

const headerRemedies: Readonly<Record<string, string>> = {
  description: 'change it in experiment.yaml',
  devices: 'choose a device with --device=<kind>; the list is changed in experiment.yaml',
  threads: 'use --threads=<number>',
  max_devices: 'change it in experiment.yaml',
  inputs: 'change it in experiment.yaml',
  variables: 'change it in experiment.yaml',
  network: 'change it in experiment.yaml',
}

function unknown(
  parent: readonly string[],
  key: string,
  candidates: readonly Schema[],
  schema: Schema,
): { message: string; remedy: string } {
  const above = parent.join('.')
  if (!kindsAt(candidates).has('mapping')) {
    const remedy = `set it as a whole: --set ${above}=<value>`
    return { message: `${above} has no keys of its own`, remedy }
  }
  const accepted = candidates.flatMap(keysOf)
  const elsewhere = parameterPaths(schema).find((one) => one.split('.').pop() === key)
  const remedy = elsewhere === undefined ? hint(key, accepted) : `did you mean ${elsewhere}?`
  return { message: `${key} is not a known key${above === '' ? '' : ` of ${above}`}`, remedy }
}

function sectionProblem(path: readonly string[], schemas: readonly Schema[], flag: string): Problem {
  const field = path.join('.')
  const keys = schemas.flatMap(keysOf)
  const one = `--set ${field}.${keys[0] ?? '<key>'}=<value>`
  const remedy = `set one of its keys (${keys.join(', ') || 'any name'}): ${one}`
  return { flag, field, message: 'is not a value but a group of them', remedy }
}

function parseValue(text: string, shift: number, source: Flag, schemas: readonly Schema[]): Tree | Problem {
  const kinds = kindsAt(schemas)
  const literal: Scalar = { kind: 'scalar', value: text, plain: undefined, at: { source, offset: shift } }
  const trimmed = text.trim()
  if (kinds.has('string')) {
    const quoted = /^(["']).*\1$/s.test(trimmed) && trimmed.length > 1
    const flow = /^[[{]/.test(trimmed) && (kinds.has('list') || kinds.has('mapping') || kinds.has('any'))
    const other = kinds.has('number') || kinds.has('boolean') || kinds.has('any')
    const nothing = kinds.has('null') && /^(null|~)$/i.test(trimmed)
    if (trimmed === '' || !(quoted || flow || other || nothing)) return literal
  }
  const document = parse(text)
  const build = new BuildTree(document, source, shift)
  const error = document.errors[0]?.message ?? document.warnings[0]?.message
  const tree = document.contents === null ? undefined : error === undefined ? build.root() : undefined
  const problem = build.problems[0]
  if (tree !== undefined && problem === undefined) return asText(tree, schemas)
  if (problem !== undefined) return problem
  if (error === undefined) return { ...literal, value: null, plain: '' }
  if (kinds.has('string')) return literal
  const remedy = 'check brackets and quotes; put the flag in quotes for the shell'
  return { flag: source.flag, message: `the value is not YAML: ${error.split('\n')[0]}`, remedy }
}

/** Where only text can stand, `8` and `yes` on the command line are text: quotes do not survive most shells. */
function asText(tree: Tree, schemas: readonly Schema[]): Tree {
  const below = (key: PropertyKey) => schemas.flatMap((one) => childrenOf(one, key))
  if (tree.kind === 'sequence') return { ...tree, items: tree.items.map((item, i) => asText(item, below(i))) }
  if (tree.kind === 'mapping') {
    const entries = [...tree.entries].map(
      ([key, entry]) => [key, { ...entry, value: asText(entry.value, below(key)) }] as const,
    )
    return { ...tree, entries: new Map(entries) }
  }
  const kinds = kindsAt(schemas)
  const onlyText = kinds.size === 1 && kinds.has('string')
  return onlyText && tree.plain ? { ...tree, value: tree.plain, plain: undefined } : tree
}

function kindsAt(schemas: readonly Schema[]) {
  return new Set(schemas.flatMap((one) => [...kindsOf(one)]))
}

function nest(path: readonly string[], value: Tree, source: Flag): Mapping {
  const at = { source, offset: 0 }
  const tree = path.reduceRight<Tree>(
    (inner, key) => ({ kind: 'mapping', entries: new Map([[key, { key: at, value: inner }]]), at }),
    value,
  )
  return tree as Mapping
}
