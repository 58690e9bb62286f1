import fc from 'fast-check'
import { plainLine, plainLines } from './plain'

test('colours, cursor moves, titles and links leave nothing but their text', () => {
  expect(plainLine('\u001B[31mred\u001B[0m \u001B[2K\u001B[1Gx')).toBe('red x')
  expect(plainLine('\u001B]0;window title\u0007text')).toBe('text')
  expect(plainLine('\u001B]8;;http://example.com\u001B\\link\u001B]8;;\u001B\\')).toBe('link')
})

test('a line break, a bell or a mark that reorders text cannot leave the line', () => {
  expect(plainLine('a\nb\r\nc\u0007d\u202Ee')).toBe('a b c d e')
})

test('an escape sequence that is never closed hides no later line', () => {
  expect(plainLines('a\u001B]0;open\nb')).toEqual(['a', 'b'])
})

test('the lines of a traceback and their indentation are kept', () => {
  expect(plainLines('Traceback:\r\n\tFile "a.py"\n  x = \u001B[1m1\u001B[0m')).toEqual([
    'Traceback:',
    '    File "a.py"',
    '  x = 1',
  ])
})

test('whatever comes in, nothing that is printed can move a cursor', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(plainLine(text)).not.toMatch(/[\p{Cc}]/u)
      for (const line of plainLines(text)) expect(line).not.toMatch(/[\p{Cc}]/u)
    }),
  )
})
