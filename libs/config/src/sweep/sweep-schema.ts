import { z } from 'zod'
import type { ExperimentStructure } from '../structure/define-experiment'
import type { JsonObject } from '../structure/json-schema'
import { strict } from '../structure/rebuild'
import { parameterPaths, roleAt } from '../structure/walk'
import { sweepStructure } from './sweep-structure'

/** JSON Schema (draft-07, for editors) of the sweeps of an experiment of this structure. */
export function sweepSchema(structure: ExperimentStructure): JsonObject {
  const schema = z.toJSONSchema(strict(sweepStructure), {
    target: 'draft-7',
    io: 'input',
    unrepresentable: 'any',
  }) as JsonObject
  const properties = schema.properties as Record<string, JsonObject>
  const shaping = parameterPaths(structure.schema).filter(
    (path) => !['acceptance', 'reporting'].includes(roleAt(structure.schema, path.split('.'))),
  )
  const dimension = properties.space?.additionalProperties ?? {}
  properties.space = {
    ...properties.space,
    properties: Object.fromEntries(shaping.map((path) => [path, dimension])),
  }
  return { ...schema, title: 'sweep of an experiment' }
}
