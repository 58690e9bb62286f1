import type { z } from 'zod'
import { UserError } from '../errors/user-error'
import { strict } from '../structure/rebuild'
import { parseYaml } from '../yaml/parse-yaml'
import { readText } from '../yaml/read-text'
import { check } from './check'

/**
 * Reads a YAML file of a structure of its own, such as a dataset's sources.yaml, as strictly as an experiment.
 *
 * @throws UserError with all that is wrong in it.
 */
export function readYaml<T extends z.ZodType>(workspaceRoot: string, file: string, schema: T): z.output<T> {
  const tree = parseYaml(readText(workspaceRoot, file))
  if (tree === undefined) return fromNothing(file, schema)
  const { value, problems } = check(strict(schema), tree)
  if (problems.length > 0) throw new UserError(problems)
  return value as z.output<T>
}

function fromNothing<T extends z.ZodType>(file: string, schema: T): z.output<T> {
  const empty = schema.safeParse(undefined)
  if (empty.success) return empty.data
  throw new UserError({ file, message: 'is empty', remedy: 'write what it is for, or remove it' })
}
