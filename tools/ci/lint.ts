import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { existingPaths, inEnvironment, toolsPython } from './python'
import { pythonSuites } from './python-suites'
import { typeChecks } from './type-checks'

/** Runs every formatter, linter and type checker in its checking mode; fails if any of them does. */
const workspaceRoot = resolve(__dirname, '../..')

async function main(): Promise<void> {
  const python = await toolsPython(workspaceRoot)
  const pythonSources = ['libs/python', 'experiments', 'benchmarks']
  const config = join('libs/python/pyproject.toml')
  const results = [
    // A config.ts may have changed since they were made.
    check('make schemas and stubs', 'npx', ['blacksmith', 'schemas']),
    check('format and lint TypeScript and JSON', 'npx', ['biome', 'ci', '--error-on-warnings', '.']),
    check('type-check TypeScript', 'npx', ['tsc', '--project', 'tsconfig.json']),
    check('type-check the scripts of pages', 'npx', [
      'tsc',
      '--project',
      'libs/report/tsconfig.browser.json',
    ]),
    check('format C++', 'npx', ['clang-format', '--dry-run', '-Werror', ...nativeSources()]),
    check('format Python', python, ['-m', 'ruff', 'format', '--config', config, '--check', ...pythonSources]),
    check('lint Python', python, ['-m', 'ruff', 'check', '--config', config, ...pythonSources]),
  ]
  for (const suite of pythonSuites) {
    const checks = typeChecks(workspaceRoot, existingPaths(workspaceRoot, suite))
    if (checks.length === 0) continue
    const { python, env } = await inEnvironment(workspaceRoot, suite.environment)
    for (const { paths, arguments: args, env: more } of checks) {
      results.push(check(`type-check ${paths.join(', ')}`, python, args, { ...env, ...more }))
    }
  }
  process.exitCode = results.every(Boolean) ? 0 : 1
}

function nativeSources(): string[] {
  return readdirSync(join(workspaceRoot, 'native'), { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.(cpp|hpp)$/.test(file) && !/^(build|node_modules)\//.test(file))
    .map((file) => join('native', file))
}

function check(what: string, command: string, args: string[], env: NodeJS.ProcessEnv = process.env): boolean {
  const { status } = spawnSync(command, args, { cwd: workspaceRoot, env, stdio: 'inherit' })
  console.log(`${status === 0 ? 'ok' : 'FAILED'}: ${what}`)
  return status === 0
}

void main()
