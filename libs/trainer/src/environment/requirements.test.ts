import { join } from 'node:path'
import { makeTree, removeTrees } from '../testing/tree'
import { readRequirements } from './requirements'

afterAll(removeTrees)

function digest(files: Record<string, string>): string {
  const folder = 'libs/python/requirements'
  const entries = Object.entries(files).map(([name, text]) => [join(folder, name), text])
  return readRequirements(makeTree(Object.fromEntries(entries)), 'a').digest
}

const pins = 'one==1.0\ntwo @ https://host/two.whl#sha256=ab\n'

test('comments and blank lines are no part of the pins', () => {
  expect(digest({ 'a.txt': `# why\n\n  one==1.0   # first\r\ntwo @ https://host/two.whl#sha256=ab` })).toBe(
    digest({ 'a.txt': pins }),
  )
})

test('every pin counts, also those of included files', () => {
  const included = (text: string) =>
    digest({ 'a.txt': '-r b.txt\n--constraint=c.txt\n', 'b.txt': pins, 'c.txt': text })
  expect(digest({ 'a.txt': pins.replace('1.0', '1.1') })).not.toBe(digest({ 'a.txt': pins }))
  expect(digest({ 'a.txt': pins.replace('ab', 'cd') })).not.toBe(digest({ 'a.txt': pins }))
  expect(included('x==1')).toBe(included('x==1 # why'))
  expect(included('x==1')).not.toBe(included('x==2'))
})

test('files that include each other end', () => {
  expect(digest({ 'a.txt': '-r b.txt\n', 'b.txt': '-r a.txt\n' })).toMatch(/^[0-9a-f]{64}$/)
})

test('an included file that is not there is told', () => {
  expect(() => digest({ 'a.txt': '-r shared/b.txt\n' })).toThrow(
    'libs/python/requirements/a.txt  shared/b.txt  is included, but there is no such file',
  )
})
