import { join } from 'node:path'
import { UserError } from '@blacksmith/config/header'
import type { Tree } from '@nx/devkit'

/** What of a zod structure is needed here. */
interface Structure {
  safeParse(value: unknown): { success: boolean }
}

/**
 * Refuses a model with a parameter that has no default in its schema.ts: a new experiment, which sets none, could not run.
 *
 * @throws UserError that names the file
 */
export function requireDefaults(tree: Tree, folder: string, structure: string): void {
  const schema = (require(join(tree.root, folder, 'schema.ts')) as Record<string, Structure | undefined>)[
    structure
  ]
  if (schema?.safeParse({}).success) return
  throw new UserError({
    file: `${folder}/schema.ts`,
    message: 'has parameters without a default',
    remedy: 'give each a .default(…), so that an experiment can start from it',
  })
}
