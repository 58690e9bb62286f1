import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { experimentFolders, UserError } from '@blacksmith/config'
import { Command } from 'commander'
import { pendingChanges } from '../schemas/pending-changes'
import { findWorkspaceRoot } from '../workspace'

/** `blacksmith schemas`: what editors and type checkers read, out of each config.ts. */
export function schemasCommand(): Command {
  return new Command('schemas')
    .description('make what editors and type checkers know parameters by, in YAML and in recipes')
    .action(() => writeSchemas(findWorkspaceRoot()))
}

/**
 * Brings it all into step. One experiment whose config.ts does not load keeps none of the others from getting theirs.
 *
 * @throws UserError for the config.ts that do not load
 */
export function writeSchemas(workspaceRoot: string): void {
  const { changes, problems } = pendingChanges(workspaceRoot)
  for (const { file, text } of changes) {
    const path = join(workspaceRoot, file)
    if (text === undefined) rmSync(path)
    else {
      mkdirSync(dirname(path), { recursive: true })
      writeFileSync(path, text)
    }
    // What is made is git's no more than bytecode is; a YAML is a person's.
    if (file.endsWith('.yaml')) console.log(`named its schema in ${file}`)
  }
  const [first, ...rest] = problems
  if (first) throw new UserError([first, ...rest])
  console.log(`The schemas of ${experimentFolders(workspaceRoot).size} experiments are in step.`)
}
