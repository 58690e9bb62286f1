import { lstatSync } from 'node:fs'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { UserError } from '../errors/user-error'
import { refuseIrregular } from '../yaml/regular-file'
import { type ExperimentStructure, isExperimentStructure } from './define-experiment'

const example =
  "export default defineExperiment({ dataset, model, training }), imported from '@blacksmith/config'"

/**
 * Loads the structure that an experiment's config.ts exports. Node keeps loaded modules, so asking again is free.
 * Whoever runs us has registered a loader for TypeScript.
 *
 * @param directory the experiment's folder, workspace-relative
 * @throws UserError naming the file when it is missing, no regular file, does not load or exports something else.
 */
export function loadStructure(workspaceRoot: string, directory: string): ExperimentStructure {
  const file = `${directory}/config.ts`
  const path = join(workspaceRoot, file)
  if (!lstatSync(path, { throwIfNoEntry: false })) {
    throw new UserError({ file, message: 'does not exist', remedy: `write one: ${example}` })
  }
  refuseIrregular(path, file)
  const loaded: unknown = load(path, file)
  const structure =
    typeof loaded === 'object' && loaded !== null && 'default' in loaded ? loaded.default : undefined
  if (isExperimentStructure(structure)) return structure
  const message = structure === undefined ? 'has no default export' : 'exports something else by default'
  throw new UserError({ file, message, remedy: `write ${example}` })
}

/**
 * What a TypeScript file of a person's exports.
 *
 * @throws UserError naming the file when it does not load
 */
export function load(path: string, file: string): unknown {
  try {
    return require(path)
  } catch (error) {
    const [first = '', ...rest] = loaderWords(error).split('\n')
    const frame = rest.filter((line) => line.trim() !== '').slice(0, 12)
    throw new UserError(
      {
        file,
        message: `does not load: ${first}`,
        remedy: 'mend it, or the schema.ts that it imports',
        ...(frame.length === 0 ? {} : { frame: frame.map((line) => `  ${line}`).join('\n') }),
      },
      { cause: error },
    )
  }
}

/** A loader may throw an Error of another realm, and colours its text. */
function loaderWords(error: unknown): string {
  const text = String((error as Partial<Error> | undefined)?.message ?? error)
  return stripVTControlCharacters(text)
    .trim()
    .replace(/^Error: /, '')
}
