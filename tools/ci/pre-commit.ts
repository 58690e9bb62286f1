import { spawnSync } from 'node:child_process'
import { resolve } from 'node:path'
import { inspectEnvironment } from '@blacksmith/environments'
import { storeHome } from '@blacksmith/store'

/**
 * What the pre-commit hook runs (`npm run hooks` sets it up): formatters and linters, on the staged files only. It
 * needs no network: Python is checked once its tools have been installed by a first `npm run lint`.
 */
const workspaceRoot = resolve(__dirname, '../..')
const ruffConfig = 'libs/python/pyproject.toml'

async function main(): Promise<void> {
  const commands = [
    ['npx', 'biome', 'check', '--staged', '--no-errors-on-unmatched', '--error-on-warnings'],
    ...(await pythonChecks(stagedPython())),
  ]
  const failed = commands.filter(([command = '', ...args]) => !succeeds(command, args))
  if (failed.length === 0) return
  console.error(
    'Not committed. Mend what is named above (npm run format does most of it), and stage it again.',
  )
  process.exitCode = 1
}

/** Added and changed Python files in the index. */
function stagedPython(): string[] {
  const args = ['diff', '--cached', '--name-only', '--diff-filter=ACMR', '-z', '--', '*.py']
  const { stdout } = spawnSync('git', args, { cwd: workspaceRoot, encoding: 'utf8' })
  return (stdout ?? '').split('\0').filter((file) => file !== '')
}

async function pythonChecks(files: string[]): Promise<string[][]> {
  if (files.length === 0) return []
  const tools = await inspectEnvironment('dev', { workspaceRoot, home: storeHome() })
  if (!tools) {
    console.error('Python is not checked: its tools are not installed yet (npm run lint installs them).')
    return []
  }
  return [
    [tools.python, '-m', 'ruff', 'format', '--config', ruffConfig, '--check', ...files],
    [tools.python, '-m', 'ruff', 'check', '--config', ruffConfig, ...files],
  ]
}

function succeeds(command: string, args: string[]): boolean {
  return spawnSync(command, args, { cwd: workspaceRoot, stdio: 'inherit' }).status === 0
}

void main()
