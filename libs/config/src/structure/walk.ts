import type { z } from 'zod'
import type { Kind } from '../yaml/kind'
import { ownRole, type Role } from './role'

/** Any zod structure. */
export type Schema = z.core.$ZodType
type Def = z.core.$ZodTypes['_zod']['def']

export function definition(schema: Schema): Def {
  return (schema as z.core.$ZodTypes)._zod.def
}

/** The structure below wrappers such as optional, default and readonly. */
export function unwrap(schema: Schema): Schema {
  const inner = wrapped(schema)
  return inner === undefined ? schema : unwrap(inner)
}

function wrapped(schema: Schema): Schema | undefined {
  const def = definition(schema)
  switch (def.type) {
    case 'optional':
    case 'nullable':
    case 'default':
    case 'prefault':
    case 'nonoptional':
    case 'readonly':
    case 'catch':
      return def.innerType
    case 'lazy':
      return def.getter()
    case 'pipe':
      // What a person writes is what goes into a transformation, not what comes out.
      return definition(def.in).type === 'transform' ? def.out : def.in
    default:
      return undefined
  }
}

/** The structures that a value under `key` may have; none when the key is not known. */
export function childrenOf(schema: Schema, key: PropertyKey): Schema[] {
  const def = definition(unwrap(schema))
  switch (def.type) {
    case 'object': {
      const own = Object.hasOwn(def.shape, key) ? def.shape[String(key)] : undefined
      if (own !== undefined) return [own]
      return def.catchall && definition(def.catchall).type !== 'never' ? [def.catchall] : []
    }
    case 'record':
      return [def.valueType]
    case 'array':
      return [def.element]
    case 'tuple': {
      const item = def.items[Number(key)] ?? def.rest
      return item ? [item] : []
    }
    case 'union':
      return def.options.flatMap((option) => childrenOf(option, key))
    case 'intersection':
      return [...childrenOf(def.left, key), ...childrenOf(def.right, key)]
    default:
      return []
  }
}

/** The structures that a value at `path` may have. */
export function schemasAt(schema: Schema, path: readonly PropertyKey[]): Schema[] {
  return path.reduce<Schema[]>((found, key) => found.flatMap((one) => childrenOf(one, key)), [schema])
}

/** The keys that a mapping of this structure may have, where they are known by name. */
export function keysOf(schema: Schema): string[] {
  const def = definition(unwrap(schema))
  if (def.type === 'object') return Object.keys(def.shape)
  if (def.type === 'union') return [...new Set(def.options.flatMap(keysOf))]
  if (def.type === 'intersection') return [...keysOf(def.left), ...keysOf(def.right)]
  return []
}

/** The structures that a union chooses from; a structure that is no union is its own only option. */
export function optionsOf(schema: Schema): Schema[] {
  const def = definition(unwrap(schema))
  return def.type === 'union' ? def.options.flatMap(optionsOf) : [schema]
}

/** The fixed values that a structure chooses from; none when it takes others too. */
export function choicesOf(schema: Schema): unknown[] {
  const def = definition(unwrap(schema))
  if (def.type === 'enum') return Object.values(def.entries)
  return def.type === 'literal' ? def.values : []
}

/** Dotted paths of all parameters that are known by name. */
export function parameterPaths(schema: Schema, prefix = ''): string[] {
  if (!kindsOf(schema).has('mapping')) return [prefix]
  return keysOf(schema).flatMap((key) =>
    childrenOf(schema, key).flatMap((child) =>
      parameterPaths(child, prefix === '' ? key : `${prefix}.${key}`),
    ),
  )
}

/** The kinds of value that a structure takes. */
export function kindsOf(schema: Schema): Set<Kind> {
  const def = definition(schema)
  const inner = wrapped(schema)
  if (inner !== undefined) return def.type === 'nullable' ? kindsOf(inner).add('null') : kindsOf(inner)
  switch (def.type) {
    case 'union':
      return new Set(def.options.flatMap((option) => [...kindsOf(option)]))
    case 'intersection':
      return kindsOf(def.left)
    case 'enum':
      return new Set(Object.values(def.entries).map(kindOfValue))
    case 'literal':
      return new Set(def.values.map(kindOfValue))
    case 'template_literal':
      return new Set(['string'])
    case 'null':
    case 'boolean':
    case 'number':
    case 'string':
      return new Set([def.type])
    case 'array':
    case 'tuple':
      return new Set(['list'])
    case 'object':
    case 'record':
      return new Set(['mapping'])
    default:
      return new Set(['any'])
  }
}

function kindOfValue(value: unknown): Kind {
  if (value === null) return 'null'
  const type = typeof value
  return type === 'boolean' || type === 'number' || type === 'string' ? type : 'any'
}

/** The role of the parameter at `path`: that of the nearest enclosing structure that has one. */
export function roleAt(schema: Schema, path: readonly PropertyKey[]): Role {
  let role: Role = 'result'
  let candidates = [schema]
  for (const step of [undefined, ...path]) {
    if (step !== undefined) candidates = candidates.flatMap((one) => childrenOf(one, step))
    for (const one of candidates) role = outerRole(one) ?? role
  }
  return role
}

function outerRole(schema: Schema): Role | undefined {
  const inner = wrapped(schema)
  return ownRole(schema) ?? (inner && outerRole(inner))
}
