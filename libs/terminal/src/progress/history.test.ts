import { History } from './history'

test('a long run keeps its whole course in bounded memory', () => {
  const history = new History(64)
  for (let i = 0; i < 100_000; i += 1) history.add(i)
  const values = history.values()
  expect(values.length).toBeLessThanOrEqual(64)
  expect(values[0]).toBeLessThan(5_000)
  expect(values.at(-1)).toBeGreaterThan(90_000)
  expect([...values]).toEqual([...values].sort((a, b) => a - b))
})

test('a value that is no number does not spoil its neighbours', () => {
  const history = new History(4)
  for (const value of [1, Number.NaN, 3, 3]) history.add(value)
  expect(history.values()).toEqual([1, 3])
})
