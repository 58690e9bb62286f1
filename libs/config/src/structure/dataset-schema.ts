import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { defineExperiment } from './define-experiment'
import { type JsonObject, parametersSchema } from './json-schema'
import { load } from './load-structure'

/**
 * JSON Schema of the section `dataset` with its defaults filled in, as the preparation of a data set is given it; undefined
 * where its schema.ts exports no structure of a mapping.
 *
 * @param folder of the data set, workspace-relative
 * @throws UserError when its schema.ts does not load
 */
export function datasetSchema(workspaceRoot: string, folder: string): JsonObject | undefined {
  const file = `${folder}/schema.ts`
  const path = join(workspaceRoot, file)
  // The first one: what else it exports is for others to build upon.
  const name = readFileSync(path, 'utf8').match(/^export const (\w+)/m)?.[1]
  const dataset = (load(path, file) as Record<string, unknown>)[name ?? '']
  if (!isMapping(dataset)) return undefined
  const structure = defineExperiment({ dataset, model: z.object({}), training: z.object({}) })
  return parametersSchema(structure)
}

/** Also one that is made by another copy of zod. */
function isMapping(value: unknown): value is z.ZodObject {
  return (value as Partial<z.ZodObject> | undefined)?._zod?.def.type === 'object'
}
