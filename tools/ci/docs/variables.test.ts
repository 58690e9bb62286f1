import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { internalSettings, type Setting, settings } from '@blacksmith/config/header'
import { page, repository } from './pages'
import { namesInCode, variablesPage, withTables } from './variables'

const variables: Record<string, Setting> = { ...settings, ...internalSettings }

/** TypeScript that is no test and no tree that a test makes, with what it says. */
const production = execFileSync('git', ['ls-files', '*.ts', '*.cts', '*.mts', ':!*test*', ':!*.e2e.ts'], {
  cwd: repository,
  encoding: 'utf8',
})
  .trim()
  .split('\n')
  // Git lists what has been removed until that is committed.
  .filter((file) => existsSync(join(repository, file)))
  .map((file) => ({ file, text: readFileSync(join(repository, file), 'utf8') }))

test('every variable that stands in code is declared, and no other', () => {
  expect([...namesInCode().keys()].sort()).toEqual(Object.keys(variables).sort())
})

test('no TypeScript reads a variable otherwise than by asking for the setting', () => {
  // A member of an environment, or one that a pattern takes out of it.
  const reads = /\.BLACKSMITH_|[\w)\]]\[\s*['"`]BLACKSMITH_|\{[^{}=]*\bBLACKSMITH_\w+[^{}=]*\}\s*=[^>]/
  expect(production.filter(({ text }) => reads.test(text)).map(({ file }) => file)).toEqual([])
})

test('the page has the tables as they are generated (npx jiti tools/ci/docs/write-variables.ts)', () => {
  expect(page(variablesPage)).toBe(withTables(page(variablesPage)))
})
