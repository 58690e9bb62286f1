import fc from 'fast-check'
import { displayWidth, pad, truncate } from './width'

test('wide characters count as two columns and are never cut in half', () => {
  expect(displayWidth('数字')).toBe(4)
  expect(truncate('数字認識', 5)).toBe('数字…')
  expect(truncate('数字認識', 4)).toBe('数…')
  expect(pad('数字', 6)).toBe('数字  ')
})

test('a family of several joined code points stays whole or goes whole', () => {
  expect(truncate('👩‍👩‍👧‍👦 family', 4)).toBe('👩‍👩‍👧‍👦 …')
})

test('text that fits is left alone, and no room means no text', () => {
  expect(truncate('loss', 4)).toBe('loss')
  expect(truncate('loss', 1)).toBe('…')
  expect(truncate('loss', 0)).toBe('')
})

test('what is cut never fills more columns than there are', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.nat(30), (text, columns) => {
      expect(displayWidth(truncate(text, columns))).toBeLessThanOrEqual(columns)
    }),
  )
})

test('a line of a megabyte is cut, without measuring all that follows', () => {
  expect(displayWidth(truncate('é'.repeat(1_000_000), 80))).toBe(80)
})
