import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { datasetPlace } from '@blacksmith/config/header'
import type { Declaration } from './declared-inputs'

/**
 * What the preparation of a data set reads of the workspace, as its sources.yaml declares it.
 *
 * @throws UserError for a sources.yaml that declares inputs and cannot be read
 */
export function preparationDeclaration(workspaceRoot: string, dataset: string): Declaration {
  const { folder: directory } = datasetPlace(workspaceRoot, dataset)
  const file = `${directory}/sources.yaml`
  return { directory, inputs: declaredIn(join(workspaceRoot, file)), file }
}

/** Few data sets declare any, and reading YAML takes longer than the rest. */
function declaredIn(file: string): string[] {
  if (!statSync(file, { throwIfNoEntry: false })?.isFile()) return []
  if (!readFileSync(file, 'utf8').includes('inputs')) return []
  const { readSources } = require('@blacksmith/store') as typeof import('@blacksmith/store')
  return readSources(file).flatMap(({ inputs }) => inputs)
}
