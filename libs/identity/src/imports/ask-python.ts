import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { interpreterNames } from '@blacksmith/environments/interpreter-names'
import { pythonVariables } from '@blacksmith/environments/python-variables'
import { importingCalls, type ParsedFile, pathCalls } from './parsed-file'

const script = join(__dirname, 'python-imports.py')

/**
 * What Python's own parser finds in some sources: exact, but it costs a process.
 *
 * @returns undefined when no Python of a version that we support runs here
 */
export function askPython(sources: readonly string[]): ParsedFile[] | undefined {
  for (const python of interpreterNames()) {
    const { status, stdout } = spawnSync(
      python,
      ['-I', '-X', 'utf8', script, JSON.stringify([importingCalls, pathCalls])],
      {
        input: JSON.stringify(sources),
        env: pythonVariables(process.env),
        encoding: 'utf8',
        maxBuffer: 1 << 28,
        timeout: 60_000,
      },
    )
    if (status === 0) return JSON.parse(stdout) as ParsedFile[]
  }
  return undefined
}
