import { readFileSync } from 'node:fs'
import { join } from 'node:path'

test('the launcher that the guide shows is the one that tests run with', () => {
  const guide = readFileSync(join(__dirname, '../../../docs/add-a-launcher.md'), 'utf8')
  const shown = /^```ts\n([\s\S]*?)^```$/m.exec(guide)?.[1]
  expect(shown).toBe(readFileSync(join(__dirname, 'testing/processes.ts'), 'utf8'))
})
