import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import type { Base } from './base'

/** The targets of a change: what a model is, and how good it is. */
const targets = ['train', 'evaluate']

/** Names of the experiments that a change touches, as Nx's graph has it; all of them where there is no base. */
export function selectProjects(workspaceRoot: string, base: Base): string[] {
  const since = 'since' in base ? ['--affected', `--base=${base.since}`] : []
  const args = ['show', 'projects', ...since, '--withTarget=train', '--json']
  const { status, stdout, stderr } = spawnSync(nxBinary(workspaceRoot), args, {
    cwd: workspaceRoot,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  })
  const names = jsonLine(stdout ?? '')
  if (status !== 0 || names === undefined) {
    throw new Error(`nx ${args.join(' ')} failed:\n${stdout}${stderr}`)
  }
  return names.sort()
}

/** Trains and evaluates these experiments; true when every target succeeded. */
export function trainAndEvaluate(
  workspaceRoot: string,
  projects: string[],
  { configuration, flags }: { configuration: string | undefined; flags: string[] },
): boolean {
  const args = [
    'run-many',
    `--targets=${targets.join(',')}`,
    `--projects=${projects.join(',')}`,
    ...(configuration === undefined ? [] : [`--configuration=${configuration}`]),
    // The verdict on each experiment is wanted, not only the first that fails.
    '--nxBail=false',
    // Progress as it is made: a training may take hours, and its lines name it already.
    '--outputStyle=stream-without-prefixes',
    ...flags,
  ]
  return spawnSync(nxBinary(workspaceRoot), args, { cwd: workspaceRoot, stdio: 'inherit' }).status === 0
}

function nxBinary(workspaceRoot: string): string {
  return join(workspaceRoot, 'node_modules', '.bin', 'nx')
}

/** Nx may say other things before and after. */
function jsonLine(output: string): string[] | undefined {
  const line = output.split('\n').findLast((each) => each.startsWith('['))
  return line === undefined ? undefined : (JSON.parse(line) as string[])
}
