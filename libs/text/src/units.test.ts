import {
  formatCount,
  formatDuration,
  formatNumber,
  formatOperations,
  formatRate,
  formatThreads,
} from './units'

test.each([
  [0, '0.0 s'],
  [0.44, '0.4 s'],
  [9.96, '10 s'],
  [59.4, '59 s'],
  [59.6, '1:00'],
  [185, '3:05'],
  [7385, '2:03:05'],
  [360_000, '4 d 4 h'],
  [-1, 'unknown'],
  [Number.NaN, 'unknown'],
])('%d seconds are %s', (seconds, text) => expect(formatDuration(seconds)).toBe(text))

test.each([
  [12_345.4, 'images', '12,345 images/s'],
  [3.24, 'rays', '3.2 rays/s'],
  [0.04, 'steps', '25 s/step'],
  [0, 'steps', '0 steps/s'],
  [Number.NaN, 'steps', 'unknown steps/s'],
])('%d %s a second is %s', (rate, unit, text) => expect(formatRate(rate, unit)).toBe(text))

test.each([
  [0.95412, '0.9541'],
  [-12.3456, '-12.35'],
  [0.000012345, '1.23e-5'],
  [0.0012345, '0.001234'],
  [1e-4, '0.0001'],
  [3, '3'],
  [1407.5, '1408'],
  [1_234_567, '1,234,567'],
  [4e9 + 0.5, '4.00e9'],
  [Number.NaN, 'NaN'],
  [Number.NEGATIVE_INFINITY, '-Infinity'],
])('%d is written %s', (value, text) => expect(formatNumber(value)).toBe(text))

test('thousands are separated', () => {
  expect([999, 1000, 1_234_567, -1234].map(formatCount)).toEqual(['999', '1,000', '1,234,567', '-1,234'])
})

test('one thread is no threads', () => {
  expect([1, 2].map(formatThreads)).toEqual(['1 thread', '2 threads'])
})

test.each([
  [12, '12 FLOP'],
  [999, '999 FLOP'],
  [453_279_744, '453 MFLOP'],
  [1.2345e12, '1.23 TFLOP'],
  [4e20, '400 EFLOP'],
])('%d operations are %s', (count, text) => expect(formatOperations(count)).toBe(text))
