import { codeFrame } from './code-frame'
import { Lines } from './lines'
import { formatUserError, isUserError, UserError } from './user-error'

test('a problem is printed as place, field and what is wrong, with what to do on a line of its own', () => {
  const error = new UserError({
    file: 'a/b.yaml',
    line: 3,
    column: 7,
    field: 'training.epochs',
    message: 'is 0, below 1',
    remedy: 'write a whole number',
    frame: codeFrame(new Lines('x: 1\ny:\n  key: 0\n'), 3, 8),
  })
  expect(formatUserError(error)).toBe(
    [
      'a/b.yaml:3:7  training.epochs  is 0, below 1',
      '  write a whole number',
      '  2 | y:',
      '  3 |   key: 0',
      '    |        ^',
    ].join('\n'),
  )
})

test('what is not known is left out', () => {
  const error = new UserError([
    { file: 'a.yaml', message: 'is empty' },
    { flag: '--set x', message: 'has no =' },
  ])
  expect(formatUserError(error)).toBe('a.yaml  is empty\n--set x  has no =')
  expect(error.message).toBe(formatUserError(error))
})

test('of very many problems the first hundred are shown, and how many more there are', () => {
  const error = new UserError(Array.from({ length: 250 }, (_, at) => ({ message: `mistake ${at + 1}` })))
  expect(formatUserError(error).split('\n').slice(98)).toEqual([
    'mistake 99',
    'mistake 100',
    'and 150 more like these',
  ])
  expect(error.message).toBe(formatUserError(error))
})

test('a UserError is told from a bug', () => {
  expect(isUserError(new UserError({ message: 'x' }))).toBe(true)
  expect(isUserError(new Error('x'))).toBe(false)
})

describe('a code frame', () => {
  test('stands its caret below the column, whatever a tab is wide', () => {
    expect(codeFrame(new Lines('\ta: 1'), 1, 5)).toBe('  1 | \ta: 1\n    | \t   ^')
  })

  test('cuts a long line around the column', () => {
    const frame = codeFrame(new Lines(`${'x'.repeat(500)}HERE${'y'.repeat(500)}`), 1, 501)
    const [line = '', caret = ''] = frame.split('\n')
    expect(line.length).toBeLessThan(120)
    expect(line.slice(caret.indexOf('^')).startsWith('HERE')).toBe(true)
  })

  test('leaves out an empty line before', () => {
    expect(codeFrame(new Lines('\na: 1'), 2, 1)).toBe('  2 | a: 1\n    | ^')
  })
})
