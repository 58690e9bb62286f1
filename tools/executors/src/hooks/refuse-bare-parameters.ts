import { bareParameters, UserError } from '@blacksmith/config/header'
import type { CommandLine } from './command-line'
import { targetsOfExperiments } from './refuse-unknown-configuration'

/**
 * Refuses `nx run lightning-mnist:train --training.epochs=3`, and `--epochs=3` too, with how parameters are set. Nx
 * would say that its schema does not know the flag.
 *
 * @param experiments project name → workspace-relative folder
 * @throws UserError
 */
export function refuseBareParameters(
  workspaceRoot: string,
  argv: readonly string[],
  { projects, targets }: CommandLine,
  experiments: ReadonlyMap<string, string>,
): void {
  const ours = projects ?? (targets.some((target) => targetsOfExperiments.includes(target)) ? [] : undefined)
  if (ours === undefined) return
  let paths: string[] | undefined
  const problems = bareParameters(argv, (name) => {
    if (known.has(name)) return []
    paths ??= ours.flatMap((project) => parametersOf(workspaceRoot, experiments.get(project) ?? ''))
    return [...new Set(paths)].filter((path) => path.split('.').at(-1) === name)
  })
  if (problems.length > 0) throw new UserError(problems)
}

/** Flags that are common and no parameter's name: without them structures need not be loaded. */
const known = new Set(
  'set device devices threads configuration parallel skip_nx_cache skipNxCache output_style outputStyle verbose'
    .split(' ')
    .concat('target targets projects exclude base head files args'.split(' ')),
)

/** None where they cannot be read: the target reports what is wrong with them. */
function parametersOf(workspaceRoot: string, directory: string): string[] {
  // It brings zod, which no command needs that is written as it should be.
  const { isUserError, loadStructure, parameterPaths } =
    require('@blacksmith/config') as typeof import('@blacksmith/config')
  try {
    return parameterPaths(loadStructure(workspaceRoot, directory).schema)
  } catch (error) {
    if (isUserError(error)) return []
    throw error
  }
}
