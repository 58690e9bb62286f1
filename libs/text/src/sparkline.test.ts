import { sparkline } from './sparkline'

test('a falling loss falls', () => {
  expect(sparkline([8, 7, 6, 5, 4, 3, 2, 1], 8)).toBe('█▇▆▅▄▃▂▁')
})

test('many values are averaged into the columns that there are', () => {
  expect(sparkline([0, 0, 4, 4, 8, 8], 3)).toBe('▁▅█')
})

test('a constant is a flat line, and what is no number is a gap', () => {
  expect(sparkline([2, 2, 2], 5)).toBe('▁▁▁')
  expect(sparkline([1, Number.NaN, 2], 3)).toBe('▁ █')
  expect(sparkline([Number.NaN], 3)).toBe(' ')
  expect(sparkline([], 3)).toBe('')
})
