import { page } from './pages'
import { internal, namesInCode, settings, variablesPage, withTables } from './variables'

test('every variable that the code reads is in the table, and no other', () => {
  expect([...settings, ...internal].map(({ name }) => name).sort()).toEqual(namesInCode())
})

test('the page has the tables as they are generated (npx jiti tools/ci/docs/write-variables.ts)', () => {
  expect(page(variablesPage)).toBe(withTables(page(variablesPage)))
  for (const { name } of [...settings, ...internal]) expect(page(variablesPage)).toContain(`\`${name}\``)
})
