import type { Json, JsonObject } from '@blacksmith/config'
import { PythonClasses } from './python-classes'

/** The class of a target's parameters, beside the sections that train and evaluate both see. */
const ofTargets = [
  ['TrainParameters', 'training'],
  ['EvaluateParameters', 'evaluation'],
] as const

/**
 * The Python stub by which editors and type checkers know what `ctx.config` holds in the recipe of an experiment.
 *
 * @param schema JSON Schema of the parameters with their defaults filled in
 */
export function parametersStub(project: string, schema: JsonObject): string {
  const classes = new PythonClasses(schema)
  const properties = schema.properties as { [section: string]: JsonObject }
  const section = (name: string): { [section: string]: Json } =>
    properties[name] === undefined ? {} : { [name]: properties[name] }
  classes.add('Parameters', 'What train and evaluate both see.', {
    ...section('dataset'),
    ...section('model'),
  })
  for (const [name, own] of ofTargets)
    classes.add(name, `What ${own === 'training' ? 'train' : 'evaluate'} sees.`, section(own), 'Parameters')
  return stub(project, 'config.ts', classes)
}

/** The same for the preparation of a data set, which sees nothing else. */
export function datasetStub(name: string, schema: JsonObject): string {
  const classes = new PythonClasses(schema)
  const { dataset } = schema.properties as { dataset: JsonObject }
  classes.add('PrepareParameters', 'What prepare sees.', { dataset })
  return stub(name, 'schema.ts', classes)
}

function stub(of: string, source: string, classes: PythonClasses): string {
  return `"""The parameters of ${of}: made from its ${source} by \`npx blacksmith schemas\`."""

from typing import Any, Literal

${classes.text()}`
}
