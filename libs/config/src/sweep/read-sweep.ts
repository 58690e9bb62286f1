import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { hint } from '../errors/nearest'
import { UserError } from '../errors/user-error'
import type { Header } from '../header/header'
import { check } from '../resolve/check'
import { loadStructure } from '../structure/load-structure'
import { strict } from '../structure/rebuild'
import { parseYaml } from '../yaml/parse-yaml'
import { readText } from '../yaml/read-text'
import { checkSweep } from './check-sweep'
import type { Sweep } from './sweep'
import { sweepNames, sweepsFolder } from './sweep-names'
import { sweepStructure, type WrittenSweep } from './sweep-structure'

/**
 * Reads one sweep of an experiment, and holds it against the structure of the experiment's parameters.
 *
 * @throws UserError with all that is wrong in it, each with its place
 */
export function readSweep(workspaceRoot: string, header: Header, name: string): Sweep {
  const file = `${header.directory}/${sweepsFolder}/${name}.yaml`
  if (!existsSync(join(workspaceRoot, file))) {
    const names = sweepNames(workspaceRoot, header.directory)
    throw new UserError({ file, message: 'there is no such sweep', remedy: hint(name, names, 'there are') })
  }
  const tree = parseYaml(readText(workspaceRoot, file))
  if (tree?.kind !== 'mapping') {
    throw new UserError({
      file,
      message: 'holds no keys',
      remedy: 'write at least objective, space and trials',
    })
  }
  const { value, problems } = check(strict(sweepStructure), tree)
  if (problems.length > 0) throw new UserError(problems)
  return checkSweep(value as WrittenSweep, tree, name, header, loadStructure(workspaceRoot, header.directory))
}
