import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/**
 * The machine's Python without its packages. Each new store reads all that a given interpreter can import, and
 * somebody's own may hold gigabytes.
 */
export function barePython(): string {
  const folder = mkdtempSync(join(tmpdir(), 'blacksmith-python-'))
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
  execFileSync('python3', ['-m', 'venv', '--without-pip', folder])
  return join(folder, 'bin', 'python')
}
