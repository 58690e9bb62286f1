import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { datasetFolder } from '@blacksmith/config/header'
import type { Declaration } from './declared-inputs'

/**
 * What the preparation of a data set reads of the workspace, as its sources.yaml declares it.
 *
 * @throws UserError for a sources.yaml that declares inputs and cannot be read
 */
export function preparationDeclaration(workspaceRoot: string, dataset: string): Declaration {
  const { folder: directory } = datasetFolder(workspaceRoot, dataset)
  const file = `${directory}/sources.yaml`
  return { directory, inputs: declaredIn(workspaceRoot, file), file }
}

/** Few data sets declare any, and reading YAML takes longer than the rest. */
function declaredIn(workspaceRoot: string, file: string): string[] {
  const path = join(workspaceRoot, file)
  if (!statSync(path, { throwIfNoEntry: false })?.isFile()) return []
  if (!readFileSync(path, 'utf8').includes('inputs')) return []
  const { readSources } = require('@blacksmith/store') as typeof import('@blacksmith/store')
  return readSources(workspaceRoot, file).flatMap(({ inputs }) => inputs)
}
