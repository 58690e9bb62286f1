import { z } from 'zod'
import { definition, type Schema } from './walk'

type ObjectSchema = z.core.$ZodObject

/** The same structure, in which every mapping refuses unknown keys, nested ones included. */
export function strict(schema: Schema): Schema {
  const visit = rebuilder({
    object: (object) => {
      const { shape, catchall, ...rest } = definition(object) as z.core.$ZodObjectDef
      return clone(object, { ...rest, shape: mapShape(shape, visit), catchall: catchall ?? z.never() })
    },
    keepDefaults: true,
  })
  return visit(schema)
}

/**
 * The structure of an overlay: the same keys, all of them optional and without defaults. Conditions between
 * fields are left out, since they hold for the whole only.
 */
export function partial(schema: Schema): Schema {
  const visit = rebuilder({
    object: (object) => {
      const { shape, checks: _, ...rest } = definition(object) as z.core.$ZodObjectDef
      const optional = (field: Schema) => z.optional(visit(field))
      return clone(object, { ...rest, shape: mapShape(shape, optional) })
    },
    keepDefaults: false,
  })
  return visit(schema)
}

interface Rules {
  object: (object: ObjectSchema) => Schema
  keepDefaults: boolean
}

function rebuilder({ object, keepDefaults }: Rules): (schema: Schema) => Schema {
  const done = new Map<Schema, Schema>()
  const open = new Set<Schema>()
  const visit = (schema: Schema): Schema => {
    const known = done.get(schema)
    if (known !== undefined) return known
    // A structure that contains itself: what it becomes is known only when we are through.
    if (open.has(schema)) return z.lazy(() => done.get(schema) as Schema)
    open.add(schema)
    const built = build(schema)
    open.delete(schema)
    done.set(schema, built)
    return built
  }
  const build = (schema: Schema): Schema => {
    const def = definition(schema)
    switch (def.type) {
      case 'object':
        return object(schema as ObjectSchema)
      case 'array':
        return clone(schema, { ...def, element: visit(def.element) })
      case 'record':
        return clone(schema, { ...def, valueType: visit(def.valueType) })
      case 'tuple':
        return clone(schema, { ...def, items: def.items.map(visit), rest: def.rest && visit(def.rest) })
      case 'union':
        // Without its defaults a discriminated union cannot tell its options apart by their tag alone.
        if (!keepDefaults) return z.union(def.options.map(visit))
        return clone(schema, { ...def, options: def.options.map(visit) })
      case 'optional':
      case 'default':
      case 'prefault':
      case 'nonoptional':
        if (!keepDefaults) return visit(def.innerType)
        return clone(schema, { ...def, innerType: visit(def.innerType) })
      case 'nullable':
      case 'readonly':
      case 'catch':
        return clone(schema, { ...def, innerType: visit(def.innerType) })
      case 'lazy':
        return clone(schema, { ...def, getter: () => visit(def.getter()) })
      case 'pipe':
        if (!keepDefaults && definition(def.in).type !== 'transform') return visit(def.in)
        return clone(schema, { ...def, in: visit(def.in), out: visit(def.out) })
      default:
        return schema
    }
  }
  return visit
}

/** `parent` keeps the metadata: descriptions and roles. */
function clone<T extends Schema>(schema: T, def: object): T {
  return z.core.clone(schema, def as T['_zod']['def'], { parent: true })
}

function mapShape(shape: z.core.$ZodShape, map: (field: Schema) => Schema): z.core.$ZodShape {
  return Object.fromEntries(Object.entries(shape).map(([key, field]) => [key, map(field)]))
}
