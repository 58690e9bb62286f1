import fc from 'fast-check'
import { Lines } from './lines'

test('lines and columns are those that one counts by hand, whatever the letters are', () => {
  const text = fc.string({ unit: fc.constantFrom('a', '\n', 'é', '😀', ' ') })
  fc.assert(
    fc.property(text, fc.nat(), (words, seed) => {
      const before = [...words].slice(0, seed % (words.length + 1)).join('')
      const rows = before.split('\n')
      const lines = new Lines(words)
      expect(lines.at(before.length)).toEqual({
        line: rows.length,
        column: [...(rows.at(-1) ?? '')].length + 1,
      })
      expect(lines.line(rows.length)).toBe(words.split('\n')[rows.length - 1])
      expect(lines.line(words.split('\n').length + 1)).toBeUndefined()
    }),
  )
})
