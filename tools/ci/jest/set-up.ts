import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/**
 * Before all tests of a run makes what they share, and passes it to them by variables:
 * - `BARE_PYTHON`, the machine's Python without its packages: each new store reads all that a given interpreter can
 *   import, and somebody's own may hold gigabytes;
 * - `KNOWN_TO_TESTS`, a folder of what stores know of interpreters (`given`) and of sources (`graph`) by their contents.
 */
export default function setUp(): void {
  const folder = mkdtempSync(join(tmpdir(), 'blacksmith-tests-'))
  const python = join(folder, 'python')
  execFileSync('python3', ['-m', 'venv', '--without-pip', python])
  process.env.BARE_PYTHON = join(python, 'bin', 'python')
  process.env.KNOWN_TO_TESTS = join(folder, 'known')
  for (const name of ['given', 'graph'])
    mkdirSync(join(process.env.KNOWN_TO_TESTS, name), { recursive: true })
}
