import { z } from 'zod'

/**
 * What a parameter does to a result.
 * - `result`: it shapes the result (the default).
 * - `horizon`: it says only how long to train, so a longer run can continue a shorter one.
 * - `reporting`: it changes what is shown, not what comes out.
 * - `acceptance`: it judges the result afterwards.
 * - `location`: it says where a thing lies, whose content is in the key by its digest.
 */
export type Role = 'result' | 'horizon' | 'reporting' | 'acceptance' | 'location'

type Roles = z.core.$ZodRegistry<{ role: Role }>

/**
 * Shared by all copies of this module: a TypeScript loader may give a config.ts another one than ours, and roles
 * that get lost would silently change keys.
 */
const shared = globalThis as { [key: symbol]: Roles | undefined }
const key = Symbol.for('blacksmith.roles')
shared[key] ??= z.registry<{ role: Role }>()
const roles: Roles = shared[key]

/** Gives a parameter its role. It holds for all that is below it, and survives `.default()` and `.optional()`. */
export function role<T extends z.ZodType>(role: Role, schema: T): T {
  const marked = schema.clone()
  roles.add(marked, { role })
  return marked
}

/** The role that `role()` gave to exactly this structure, if any. */
export function ownRole(schema: z.core.$ZodType): Role | undefined {
  return roles.get(schema as z.ZodType)?.role
}
