import type { z } from 'zod'
import { UserError } from '../errors/user-error'
import { readMapping } from '../header/read-header'
import { strict } from '../structure/rebuild'
import { check } from './check'

/**
 * Reads a YAML file of a structure of its own, such as a dataset's sources.yaml, as strictly as an experiment.
 *
 * @throws UserError with all that is wrong in it.
 */
export function readYaml<T extends z.ZodType>(workspaceRoot: string, file: string, schema: T): z.output<T> {
  const { value, problems } = check(strict(schema), readMapping(workspaceRoot, file))
  if (problems.length > 0) throw new UserError(problems)
  return value as z.output<T>
}
