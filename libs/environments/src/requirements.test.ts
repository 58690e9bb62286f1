import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { addFiles, makeTree, removeTrees } from '../../config/src/testing/tree'
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

test('a file that bounds versions is installed too where another one includes it', () => {
  const root = makeTree({
    'libs/python/requirements/a.txt': '-c c.txt\n-r c.txt\n',
    'libs/python/requirements/c.txt': 'one==1.0\n',
  })
  const { pins: read } = readRequirements(root, 'a')
  expect([read.packages, read.constraints]).toEqual([['one==1.0'], ['one==1.0']])
})

test('an included file that is not there is reported', () => {
  expect(() => digest({ 'a.txt': '-r shared/b.txt\n' })).toThrow(
    'libs/python/requirements/a.txt  shared/b.txt  is included, but there is no such file',
  )
})

test.each([
  ['the file itself', {}, 'a.txt'],
  ['one that it includes', { 'a.txt': '-r b.txt\n' }, 'b.txt'],
])('a FIFO in the place of %s is refused, and not waited for', (_, files: Record<string, string>, name) => {
  const folder = 'libs/python/requirements'
  const root = makeTree({ [join(folder, 'z.txt')]: '' })
  addFiles(join(root, folder), files)
  execFileSync('mkfifo', [join(root, folder, name)])
  expect(() => readRequirements(root, 'a')).toThrow(`${folder}/${name}  is a FIFO, not a file`)
})

test.each([
  '-e ../mylib',
  '--editable=../mylib',
  './mylib',
  '/opt/mylib',
  'mylib @ file:///opt/mylib',
  'wheels/mylib-1.0-py3-none-any.whl',
])('%s is no pin: it may hold something else tomorrow', (line) => {
  expect(() => digest({ 'a.txt': `${pins}${line}\n` })).toThrow(
    `libs/python/requirements/a.txt  ${line}  may hold something else tomorrow, under the same version\n  pin a version`,
  )
})

test('a file on this machine is a pin by its digest', () => {
  const line = `mylib @ file:///opt/mylib-1.0-py3-none-any.whl#sha256=${'0'.repeat(64)}\n`
  expect(digest({ 'a.txt': `--find-links ./wheels\n${line}` })).toMatch(/^[0-9a-f]{64}$/)
})

describe('the version of Python that pins are for', () => {
  const read = (text: string) => readRequirements(makeTree({ 'libs/python/requirements/a.txt': text }), 'a')

  test('is read from a comment, and is part of the digest', () => {
    const fixed = read(`# why\n# requires-python: ==3.12.*\n${pins}`)
    expect(fixed.python).toEqual({ minor: '3.12', file: 'libs/python/requirements/a.txt' })
    expect(fixed.digest).not.toBe(read(pins).digest)
    expect(fixed.digest).not.toBe(read(`# requires-python: ==3.13.*\n${pins}`).digest)
    expect(read(pins).python).toBeUndefined()
  })

  test('holds also where it stands in an included file, and two must not differ', () => {
    const folder = 'libs/python/requirements'
    const tree = (base: string, top: string) =>
      makeTree({
        [`${folder}/base.txt`]: `# requires-python: ${base}\n${pins}`,
        [`${folder}/a.txt`]: `${top}-r base.txt\n`,
      })
    expect(readRequirements(tree('==3.12.*', ''), 'a').python?.minor).toBe('3.12')
    expect(() => readRequirements(tree('==3.12.*', '# requires-python: ==3.13.*\n'), 'a')).toThrow(
      /base\.txt {2}requires-python {2}is ==3\.12\.\*, and ==3\.13\.\* in .*a\.txt/,
    )
  })

  test('does not reach into the next line', () => {
    expect(() => read(`# requires-python:\n${pins}`)).toThrow(/is empty/)
  })

  test('has one form', () => {
    expect(() => read(`# requires-python: >=3.12\n${pins}`)).toThrow(
      /a\.txt {2}requires-python {2}is >=3\.12/,
    )
  })
})

describe('equal pins are one environment', () => {
  test.each([
    ['in another order', 'two==2.0\none_x==1.0\n', {}],
    ['with names spelt otherwise', 'One.X == 1.0\nTWO==2.0\n', {}],
    ['by way of another file', '-r b.txt\n', { 'b.txt': '# why\none-x==1.0\ntwo==2.0\n' }],
    ['twice', '-r b.txt\ntwo==2.0\none-x==1.0\n', { 'b.txt': 'two==2.0\n' }],
  ])('%s', (_, text, others: Record<string, string>) => {
    expect(digest({ 'a.txt': text, ...others })).toBe(digest({ 'a.txt': 'one-x==1.0\ntwo==2.0\n' }))
  })

  test.each([
    ['a bound for a pin', '-c b.txt\n'],
    ['from another index', '--extra-index-url https://host/simple\n-r b.txt\n'],
    ['with an option', '--no-binary one\n-r b.txt\n'],
    ['with an extra', 'one[x]==1.0\n'],
  ])('but not %s', (_, text) => {
    expect(digest({ 'a.txt': text, 'b.txt': 'one==1.0\n' })).not.toBe(digest({ 'a.txt': 'one==1.0\n' }))
  })
})
