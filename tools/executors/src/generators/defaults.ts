import { join } from 'node:path'
import type { Json } from '@blacksmith/config'
import { UserError } from '@blacksmith/config/header'
import type { Tree } from '@nx/devkit'

/** What of a zod structure is needed here. */
interface Structure {
  safeParse(value: unknown): { success: boolean; data?: unknown }
}

/**
 * The parameters of a model when nobody sets any, from its schema.ts.
 *
 * @throws UserError when one of them has no default, so that a new experiment could not run without it
 */
export function defaultsOf(tree: Tree, folder: string, structure: string): { [parameter: string]: Json } {
  const schema = (require(join(tree.root, folder, 'schema.ts')) as Record<string, Structure | undefined>)[
    structure
  ]
  const parsed = schema?.safeParse({})
  if (parsed?.success) return parsed.data as { [parameter: string]: Json }
  throw new UserError({
    file: `${folder}/schema.ts`,
    message: 'has parameters without a default',
    remedy: 'give each a .default(…), so that an experiment can start from it',
  })
}

/** A value as it is written in Python. */
export function pythonLiteral(value: Json): string {
  if (value === null) return 'None'
  if (typeof value === 'boolean') return value ? 'True' : 'False'
  if (Array.isArray(value)) return `[${value.map(pythonLiteral).join(', ')}]`
  if (typeof value !== 'object') return JSON.stringify(value)
  const items = Object.entries(value).map(([key, item]) => `${JSON.stringify(key)}: ${pythonLiteral(item)}`)
  return `{${items.join(', ')}}`
}
