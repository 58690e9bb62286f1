import { formatFailure } from './failure'

test('what failed and what to do stand before the whole traceback', () => {
  expect(
    formatFailure({
      label: 'lightning-mnist:train',
      kind: 'out-of-memory',
      message: '2.1 GB were asked for, 1.0 GB were free',
      remedy: 'Use a smaller training.batch_size.',
      traceback: 'Traceback (most recent call last):\n  File "recipe.py", line 3\nMemoryError\n',
    }),
  ).toBe(
    [
      'lightning-mnist:train: out of memory: 2.1 GB were asked for, 1.0 GB were free',
      '  Use a smaller training.batch_size.',
      '',
      'Traceback (most recent call last):',
      '  File "recipe.py", line 3',
      'MemoryError',
    ].join('\n'),
  )
})

test('a message of several lines begins on the first and is indented below', () => {
  expect(formatFailure({ kind: 'error', message: 'first\nsecond' })).toBe('failed: first\n  second')
})

test('a message that begins with what kind of end it was does not say it twice', () => {
  const message = 'stopped at step 5 of 9; the same command continues from there'
  expect(formatFailure({ label: 'a:train', kind: 'stopped', message })).toBe(`a:train: ${message}`)
})

test('a message cannot bring escape sequences to the terminal', () => {
  expect(formatFailure({ kind: '\u001B[2Jodd', message: '\u001B[31mred' })).toBe('odd: red')
})
