import { z } from 'zod'
import { headerJsonSchema, sectionKeys } from '../header/header-fields'
import type { Json } from '../json/canonical-json'
import type { ExperimentStructure } from './define-experiment'
import type { Schema } from './walk'

export type JsonObject = { [key: string]: Json }

/** JSON Schema (draft-07) of the parameters that a recipe is given: those of a YAML with each default filled in. */
export function parametersSchema(structure: ExperimentStructure): JsonObject {
  return convert(structure.schema, 'output')
}

/** JSON Schema (draft-07, for editors) of an experiment.yaml of this structure. */
export function experimentSchema(structure: ExperimentStructure): JsonObject {
  const sections = convert(structure.schema)
  const required = sectionKeys.filter((key) => key === 'dataset' || key === 'model')
  return {
    ...sections,
    title: 'experiment.yaml',
    properties: { ...headerJsonSchema, ...(sections.properties as JsonObject) },
    required: ['description', 'devices', ...required, ...requiredSections(sections)],
  }
}

/** JSON Schema (draft-07, for editors) of the overlays, configs/*.yaml and devices/*.yaml. */
export function overlaySchema(structure: ExperimentStructure): JsonObject {
  const schema = convert(structure.overlay)
  const properties = schema.properties as Record<string, JsonObject>
  for (const key of ['dataset', 'model']) {
    const section = properties[key]
    // An overlay may not change the names.
    if (section) delete (section.properties as JsonObject).name
  }
  return { ...schema, title: 'overlay of an experiment.yaml' }
}

/** A section may be left out when every parameter in it has a default. */
function requiredSections(schema: JsonObject): string[] {
  const properties = schema.properties as Record<string, JsonObject>
  return ['training', 'evaluation'].filter((key) => {
    const required = properties[key]?.required
    return Array.isArray(required) && required.length > 0
  })
}

/** By default what a person writes, so that parameters with a default are not required. */
function convert(schema: Schema, io: 'input' | 'output' = 'input'): JsonObject {
  return z.toJSONSchema(schema, { target: 'draft-7', io, unrepresentable: 'any' }) as JsonObject
}
