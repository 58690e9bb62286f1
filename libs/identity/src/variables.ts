import { readFileSync, statSync } from 'node:fs'
import { posix, resolve } from 'node:path'
import { type Header, type Problem, UserError, type VariableName } from '@blacksmith/config/header'
import { targets } from '@blacksmith/store/integrity'

/** Variables of our own that say what a result is. */
const keyed: readonly string[] = ['BLACKSMITH_BOX', 'BLACKSMITH_PYTHON'] satisfies VariableName[]

/**
 * The variables that an experiment declares; null where one is not set.
 *
 * @throws UserError where a file sets one of them for Nx's tasks alone
 */
export function readVariables(
  workspaceRoot: string,
  header: Header,
  env: NodeJS.ProcessEnv = process.env,
): Record<string, string | null> {
  const problems = taskFiles(header).flatMap((file) => {
    const text = textOf(resolve(workspaceRoot, file))
    return [...keyed, ...header.variables].flatMap((name) => (sets(text, name) ? [refusal(file, name)] : []))
  })
  if (problems.length > 0) throw new UserError(problems)
  return Object.fromEntries(header.variables.map((name) => [name, env[name] ?? null]))
}

/**
 * The files that Nx reads for a task, and for nothing before it: at that time it has already looked for the task's
 * result, by what the variables were without them. Relative to the workspace.
 */
function taskFiles({ directory, configurations }: Header): string[] {
  const named = [
    ...targets.flatMap((target) => configurations.map((name) => `${target}.${name}`)),
    ...configurations,
    ...targets,
  ].flatMap((name) => [`.env.${name}.local`, `.env.${name}`, `.${name}.local.env`, `.${name}.env`])
  const plain = ['.env.local', '.local.env', '.env']
  return [...[...named, ...plain].map((file) => posix.join(directory, file)), ...named]
}

function textOf(file: string): string {
  // To open a FIFO would be to wait for whoever writes into it. Nx passes over what it cannot read.
  try {
    return statSync(file, { throwIfNoEntry: false })?.isFile() ? readFileSync(file, 'utf8') : ''
  } catch {
    return ''
  }
}

function sets(text: string, name: string): boolean {
  return new RegExp(`^\\s*(export\\s+)?${name}\\s*[=:]`, 'm').test(text)
}

function refusal(file: string, name: string): Problem {
  return {
    file,
    field: name,
    message: 'shapes results, and Nx gives this file to its tasks only after it has looked for their results',
    remedy: keyed.includes(name)
      ? 'set it in .env beside nx.json, or in the shell'
      : 'set it in .env beside nx.json, or in the shell; what is this experiment’s alone is a parameter',
  }
}
