import fc from 'fast-check'
import { Series } from './series'

test('a short run is kept point by point', () => {
  const series = new Series('train', 8)
  for (const [step, value] of [
    [10, 3],
    [20, 2],
    [30, 1.5],
  ] as const) {
    series.add(step, value, step / 10)
  }
  expect(series.curve()).toEqual({
    name: 'train',
    step: [10, 20, 30],
    seconds: [1, 2, 3],
    mean: [3, 2, 1.5],
    low: [3, 2, 1.5],
    high: [3, 2, 1.5],
    count: 3,
    notFinite: 0,
    last: 1.5,
  })
})

test('one spike among a million steps is still to be seen', () => {
  const series = new Series('train')
  for (let step = 1; step <= 1_000_000; step += 1) series.add(step, step === 654_321 ? 50 : 1)
  const { step, high, mean, count } = series.curve()
  expect(step.length).toBeLessThanOrEqual(400)
  expect(step.at(-1)).toBe(1_000_000)
  expect(high.filter((value) => value === 50)).toHaveLength(1)
  expect(Math.max(...(mean as number[]))).toBeLessThan(1.1)
  expect(count).toBe(1_000_000)
})

test('what is not finite leaves a gap and is counted, and does not spoil its neighbours', () => {
  const series = new Series('train', 4)
  for (const value of [1, Number.NaN, 3]) series.add(series.curve().count, value)
  expect(series.curve()).toMatchObject({
    mean: [1, null, 3],
    low: [1, null, 3],
    notFinite: 1,
    last: 3,
    seconds: [null, null, null],
  })
  for (const value of [Number.POSITIVE_INFINITY, 5]) series.add(series.curve().count, value)
  expect(series.curve().mean).toEqual([1, 3, 5])
})

test('however many points there are, extremes, order and the end are kept, and every mean lies between them', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: -1000, max: 1000 }), { minLength: 1, maxLength: 300 }),
      (values) => {
        const series = new Series('a', 16)
        for (const [step, value] of values.entries()) series.add(step, value)
        const { step, mean, low, high } = series.curve()
        expect(step.length).toBeLessThanOrEqual(16)
        expect(step).toEqual([...step].sort((a, b) => a - b))
        expect(step.at(-1)).toBe(values.length - 1)
        expect(Math.min(...(low as number[]))).toBe(Math.min(...values))
        expect(Math.max(...(high as number[]))).toBe(Math.max(...values))
        mean.forEach((value, at) => {
          expect(value).toBeGreaterThanOrEqual((low[at] as number) - 0.1)
          expect(value).toBeLessThanOrEqual((high[at] as number) + 0.1)
        })
      },
    ),
  )
})
