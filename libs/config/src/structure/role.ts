import { z } from 'zod'

/**
 * What a parameter does to a result.
 * - `result`: it shapes the result (the default).
 * - `horizon`: it says only how long to train, so a longer run can continue a shorter one.
 * - `reporting`: it changes what is shown, not what comes out.
 * - `acceptance`: it judges the result afterwards.
 */
export type Role = 'result' | 'horizon' | 'reporting' | 'acceptance'

const roles = z.registry<{ role: Role }>()

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
