import { formatUserError, UserError } from '../errors/user-error'
import { makeWorkspace, withoutFrames } from '../testing/workspace'
import { parseYaml } from './parse-yaml'
import { readText } from './read-text'
import { lineAndColumn, toJson, treeAt } from './tree'

const parse = (text: string) => parseYaml({ file: 'f.yaml', text })

function json(text: string) {
  const tree = parse(text)
  return tree && toJson(tree)
}

/** `line:column` of the value at a dotted path. */
function at(text: string, path: string): string {
  const tree = parse(text)
  const entry = tree && treeAt(tree, path.split('.'))
  if (!entry) return 'nowhere'
  const { line, column } = lineAndColumn(entry.value.at)
  return `${line}:${column}`
}

function refused(text: string): string[] {
  try {
    parse(text)
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    return withoutFrames(formatUserError(error))
  }
  return []
}

describe('values', () => {
  test('are those of YAML 1.2', () => {
    expect(json('{a: 1e-3, b: .5, c: 0x10, d: True, e: yes, f: ~, g: 1_000, h: "1", i: 2026-01-01}')).toEqual(
      {
        a: 0.001,
        b: 0.5,
        c: 16,
        d: true,
        e: 'yes',
        f: null,
        g: '1_000',
        h: '1',
        i: '2026-01-01',
      },
    )
  })

  test('a file without content has none', () => {
    expect(parse('')).toBeUndefined()
    expect(parse('# only a comment\n')).toBeUndefined()
    expect(json('---\n')).toBeNull()
  })

  test('keys are text as it was written', () => {
    expect(json('{1: a, true: b, 0x10: c, on: d, "e f": g}')).toEqual({
      1: 'a',
      true: 'b',
      '0x10': 'c',
      on: 'd',
      'e f': 'g',
    })
  })

  test('a tag of the core schema is obeyed', () => {
    expect(json('a: !!str 12')).toEqual({ a: '12' })
  })
})

describe('anchors and merge keys', () => {
  const text = `base: &base
  a: 1
  b: 2
middle: &middle
  <<: *base
  b: 3
top:
  c: 4
  <<: *middle
`
  test('merge through several mappings, own keys first', () => {
    expect(json(text)).toMatchObject({ top: { a: 1, b: 3, c: 4 } })
  })

  test('keep the place where a value is really written', () => {
    expect(at(text, 'top.a')).toBe('2:6')
    expect(at(text, 'top.b')).toBe('6:6')
    expect(at(text, 'top.c')).toBe('8:6')
  })

  test('of several merged mappings the earlier wins', () => {
    expect(json('a: &a {x: 1}\nb: &b {x: 2, y: 3}\nc: {<<: [*a, *b]}')).toMatchObject({ c: { x: 1, y: 3 } })
  })

  test('an alias stands for the last anchor of its name before it', () => {
    expect(json('- &x 1\n- *x\n- &x 2\n- *x')).toEqual([1, 1, 2, 2])
  })

  test('an anchor in a merge value is known below it', () => {
    expect(json('<<: &m {x: 1}\ny: *m')).toEqual({ x: 1, y: { x: 1 } })
  })

  test('a quoted << is a key like any other', () => {
    expect(json('"<<": {a: 1}')).toEqual({ '<<': { a: 1 } })
  })

  test.each([
    [
      'a: *nowhere',
      'f.yaml:1:4  no anchor &nowhere stands before this alias  write the anchor above its first use; text that begins with a star needs quotes',
    ],
    ['a: &x {b: *x}', 'f.yaml:1:7  contains itself through an alias  write the value out'],
    ['a: {<<: 1}', 'f.yaml:1:5  the merge key << takes mappings only  write <<: *anchor of a mapping'],
    [
      '<<: {a: 1}\n<<: {b: 1}',
      'f.yaml:2:1  the key << stands here twice (first on line 1)  merge several with one list: <<: [*a, *b]',
    ],
  ])('%s is refused', (bad, expected) => {
    expect(refused(bad)).toEqual([expected])
  })

  test('aliases of aliases do not fill the memory', () => {
    const rows = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]']
    for (let i = 1; i < 9; i++)
      rows.push(
        `a${i}: &a${i} [${Array(10)
          .fill(`*a${i - 1}`)
          .join(', ')}]`,
      )
    expect(refused(rows.join('\n'))[0]).toMatch(/expands to more than 100000 values/)
  })
})

describe('mistakes', () => {
  test.each([
    ['a: 1\nb: 2\na: 3', 'f.yaml:3:1  the key a stands here twice (first on line 1)  remove one of the two'],
    [
      'a: {b: 1, "b": 2}',
      'f.yaml:1:11  the key b stands here twice (first on line 1)  remove one of the two',
    ],
    [
      'a: 1\n---\nb: 2',
      'f.yaml:2:1  a second document begins here  keep one document in the file: remove the --- between them',
    ],
    ['a:\n\t- b', 'f.yaml:2:1  a tab indents this line  indent with spaces'],
    [
      'a: !color red',
      'f.yaml:1:4  unresolved tag: !color  remove the tag, and put text in quotes where it should stay text',
    ],
    ['a: @x', 'f.yaml:1:4  plain value cannot start with reserved character @  put the value in quotes'],
    [
      '%YAML 1.1\n---\na: yes',
      'f.yaml:1  asks for YAML 1.1  remove the %YAML line: these files are YAML 1.2',
    ],
    ['? {a: 1}\n: b', 'f.yaml:1:3  a key must be plain text  write key: value'],
    ['__proto__: 1', 'f.yaml:1:1  "__proto__" cannot be a key  give the key a name'],
    ['a: -.inf', 'f.yaml:1:4  -.inf is not a finite number  write a finite number'],
    ['a: 1e999', 'f.yaml:1:4  1e999 is not a finite number  write a finite number'],
    [
      'a: 12345678901234567890',
      'f.yaml:1:4  12345678901234567890 has more digits than can be held exactly  stay within ±9007199254740991',
    ],
  ])('%s is refused', (bad, expected) => {
    expect(refused(bad)).toEqual([expected])
  })

  test('text with a colon is refused once, with the remedy', () => {
    expect(refused('a: b: c')).toEqual([
      "f.yaml:1:4  is not YAML: a second `key:` where a value was expected  check the indentation of this line and the next; text with ': ' in it needs quotes",
    ])
  })

  test('all that is wrong comes at once', () => {
    expect(refused('a: 1\na: 2\nb: *x\nc: .nan')).toHaveLength(3)
  })

  test('a file that grows without bound through its aliases is one mistake', () => {
    const levels = Array.from(
      { length: 30 },
      (_, at) => `a${at + 1}: &a${at + 1} [${Array(9).fill(`*a${at}`)}]`,
    )
    expect(refused(['a0: &a0 [x]', ...levels].join('\n'))).toEqual([
      expect.stringContaining('expands to more than 100000 values  use fewer aliases of aliases'),
    ])
  })

  test.each([
    ['brackets', `a: ${'['.repeat(500_000)}`],
    ['mappings in mappings', `a: ${'{b: '.repeat(200_000)}`],
    ['lists in lists', '- '.repeat(200_000)],
    ['keys of keys', '? '.repeat(200_000)],
    ['lines', Array.from({ length: 1000 }, (_, at) => `${' '.repeat(at)}a:`).join('\n')],
  ])('%s without end are one mistake', (_, text) => {
    expect(refused(text)).toEqual([
      expect.stringContaining('is nested too deeply  write it with fewer levels'),
    ])
  })

  test('a hundred levels are not too many', () => {
    expect(refused(`a: ${'['.repeat(99)}${']'.repeat(99)}`)).toEqual([])
    expect(refused(`a:\n${Array.from({ length: 400 }, (_, at) => ` - b${at}: [1]\n`).join('')}`)).toEqual([])
  })

  test('of ten thousand mistakes a hundred are reported', () => {
    const lines = refused('a: 1\n'.repeat(10_000))
    expect(lines).toHaveLength(101)
    expect(lines.at(-1)).toBe('and 9899 more like these')
  })
})

describe('files', () => {
  const write = (content: string | Buffer) => readText(makeWorkspace({ 'f.yaml': content }), 'f.yaml')

  test('a byte order mark and CRLF change neither values nor places', () => {
    const plain = 'a: |\n  x\n  y\nb: 2\n'
    const dressed = write(`\uFEFF${plain.replaceAll('\n', '\r\n')}`)
    expect(dressed.text).toBe(plain)
    expect(at(dressed.text, 'b')).toBe('4:4')
  })

  test('what is not UTF-8 is refused with its line', () => {
    const latin1 = Buffer.from('a: 1\nb: caf\xe9\n', 'latin1')
    expect(() => write(latin1)).toThrow('f.yaml:2  is not UTF-8 text\n  save it with the encoding UTF-8')
    expect(() => write(Buffer.from('\uFEFFa: 1', 'utf16le'))).toThrow('is not UTF-8 text')
  })

  test('a missing file and a folder are refused', () => {
    expect(() => readText(makeWorkspace({}), 'f.yaml')).toThrow('f.yaml  does not exist')
    expect(() => readText(makeWorkspace({ 'f.yaml/x': '' }), 'f.yaml')).toThrow('f.yaml  is a folder')
  })
})
